// What the testing package's bundle consists of. SDK and Pulumi stay outside: a flow is recognised by the SDK that made it.

import { type Bundle, fuserBuild } from "@flowfusion/tools";

export async function testingBundle(): Promise<Bundle> {
  return {
    entryPoints: { index: "testing/index.ts", "link-worker": "fusion/link/link-worker.ts" },
    external: ["@flowfusion/sdk", "@pulumi/pulumi", "@bytecodealliance/jco-transpile"],
    define: { "process.env.FLOWFUSION_FUSER_BUILD": JSON.stringify(await fuserBuild()) },
    threads: { "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" } },
  };
}
