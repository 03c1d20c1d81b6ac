// Bundles the command line, and with it the gateway and its data plane thread, into dist/: `node cli/build.ts`.

import { bundle } from "@flowfusion/tools";

await bundle({
  entryPoints: { main: "cli/main.ts", worker: "engine/dataplane/worker.ts" },
  outdir: "cli/dist",
  external: ["binaryen"],
  threads: { "engine/dataplane/index.ts": { source: "./worker.ts", entry: "worker" } },
});
