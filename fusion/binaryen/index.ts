// binaryen as build.ts laid it down.

import type Binaryen from "binaryen";

const { default: loaded }: { default: typeof Binaryen } = await import(
  new URL("./dist/binaryen.mjs", import.meta.url).href
);

export const binaryen = loaded;
