// Bundles the command line, and with it the gateway, its data plane thread and the linker's thread, into dist/: `node cli/build.ts`.

import { bundle, fuserBuild } from "@flowfusion/tools";

await bundle({
  entryPoints: {
    main: "cli/main.ts",
    worker: "engine/dataplane/worker.ts",
    "link-worker": "fusion/link/link-worker.ts",
  },
  outdir: "cli/dist",
  external: ["binaryen", "assemblyscript", "@bytecodealliance/jco-transpile"],
  define: { "process.env.FLOWFUSION_FUSER_BUILD": JSON.stringify(await fuserBuild()) },
  threads: {
    "engine/dataplane/index.ts": { source: "./worker.ts", entry: "worker" },
    "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" },
  },
});
