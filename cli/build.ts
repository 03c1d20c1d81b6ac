// Bundles the command line, and with it the gateway, its data plane's threads and the linker's thread, into dist/: `node cli/build.ts`.

import { bundle } from "@flowfusion/tools";

await bundle({
  entryPoints: {
    main: "cli/main.ts",
    worker: "engine/dataplane/worker.ts",
    ingress: "engine/dataplane/rings/ingress.ts",
    "link-worker": "fusion/link/link-worker.ts",
  },
  outdir: "cli/dist",
  external: ["binaryen", "assemblyscript", "@bytecodealliance/jco-transpile"],
  threads: {
    "engine/dataplane/index.ts": { source: "./worker.ts", entry: "worker" },
    "engine/dataplane/rings/threads.ts": { source: "./ingress.ts", entry: "ingress" },
    "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" },
  },
});
