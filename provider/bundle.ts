// What the provider's bundle consists of. The parts that only some calls need (fusion, the node modules) become chunks of
// their own, so that it starts fast; binaryen is found as the build laid it down.

import { type Bundle, fuserBuild } from "@flowfusion/tools";

export async function providerBundle(): Promise<Bundle> {
  return {
    entryPoints: { provider: "provider/main.ts", "link-worker": "fusion/link/link-worker.ts" },
    external: ["@bytecodealliance/jco-transpile"],
    define: { "process.env.FLOWFUSION_FUSER_BUILD": JSON.stringify(await fuserBuild()) },
    threads: { "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" } },
  };
}
