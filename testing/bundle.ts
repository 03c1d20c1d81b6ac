// What the testing package's bundle consists of. SDK and Pulumi stay outside: a flow is recognised by the SDK that made it.

import type { Bundle } from "@flowfusion/tools";

export const testingBundle: Bundle = {
  entryPoints: { index: "testing/index.ts", "link-worker": "fusion/link/link-worker.ts" },
  external: ["@flowfusion/sdk", "@pulumi/pulumi", "@bytecodealliance/jco-transpile"],
  threads: { "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" } },
};
