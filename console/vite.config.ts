// How the console is built: one page under /console/, a chunk for each page of it, all names with a digest. With `vite console`
// it runs from its sources, against a gateway at its usual address.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwind from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";

/** The mini-map wraps itself in an element with a style attribute, which the gateway's policy refuses, for a colour that is not used. */
const withoutInlineStyle: Plugin = {
  name: "without-inline-style",
  enforce: "pre",
  transform: (code, id) =>
    id.endsWith("/Minimap.svelte") ? code.replace("--xy-minimap-background-color-props={bgColor}", "") : undefined,
};

/** In dist/: the licences of what the bundle carries. */
export const licencesFile = "licences.md";

export default defineConfig({
  root: import.meta.dirname,
  base: "/console/",
  plugins: [withoutInlineStyle, tailwind(), svelte()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    // A script in the page would break its policy, and so would fonts and images as data.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    license: { fileName: licencesFile },
    chunkSizeWarningLimit: 1_000,
  },
  worker: { format: "es" },
  server: {
    proxy: { "/v1": { target: process.env.FLOWFUSION_GATEWAY ?? "http://127.0.0.1:7480", changeOrigin: true } },
  },
  clearScreen: false,
  logLevel: "warn",
});
