// What the provider's bundle consists of. The parts that only some calls need (fusion, the node modules) become chunks of
// their own, so that it starts fast; binaryen is found as the build laid it down.

import type { Bundle } from "@flowfusion/tools";

export const providerBundle: Bundle = {
  entryPoints: { provider: "provider/main.ts", "link-worker": "fusion/link/link-worker.ts" },
  external: ["@bytecodealliance/jco-transpile"],
  threads: { "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" } },
};
