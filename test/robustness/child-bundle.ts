// The gateway's process of these tests as one bundle, which starts in half the time that the sources take: worth its
// seconds where a test starts dozens. Close to what is shipped, too.

import { rm } from "node:fs/promises";
import path from "node:path";
import { bundle } from "@flowfusion/tools";
import { cliBundle } from "flowfusion/bundle";

const root = path.dirname(path.dirname(import.meta.dirname));
const threads = ["worker", "ingress", "draft-worker", "link-worker"];

export interface ChildBundle extends AsyncDisposable {
  /** What to fork. */
  readonly script: string;
}

/** `drivers`: those that the gateway is to run, by their entry points in the command line's bundle. */
export async function bundleChild(...drivers: readonly string[]): Promise<ChildBundle> {
  const entryPoints = {
    "gateway-child": "test/robustness/gateway-child.ts",
    ...Object.fromEntries([...threads, ...drivers].map((name) => [name, cliBundle.entryPoints[name]!])),
  };
  // Packages that stay outside of it are found from below the root alone.
  const outdir = path.join(root, ".flowfusion", `gateway-child-${process.pid}`);
  await bundle({ ...cliBundle, entryPoints }, { outdir });
  return {
    script: path.join(outdir, "gateway-child.mjs"),
    [Symbol.asyncDispose]: () => rm(outdir, { recursive: true, force: true }),
  };
}
