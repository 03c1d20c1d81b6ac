// Bundles the provider, and the linker's thread, into dist/, so that it starts fast: `node provider/build.ts`. The parts
// that only some calls need (fusion, the node modules) become chunks of their own; binaryen is found in node_modules.

import { bundle, fuserBuild } from "@flowfusion/tools";

await bundle({
  entryPoints: { provider: "provider/main.ts", "link-worker": "fusion/link/link-worker.ts" },
  outdir: "provider/dist",
  external: ["binaryen", "@bytecodealliance/jco-transpile"],
  define: { "process.env.FLOWFUSION_FUSER_BUILD": JSON.stringify(await fuserBuild()) },
  threads: { "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" } },
});
