// The one linker of a process.

import { Worker } from "node:worker_threads";
import type { LinkRequest } from "./link-request.ts";
import { LinkThread } from "./link-thread.ts";

const thread = new LinkThread({
  start: () => new Worker(new URL("./link-worker.ts", import.meta.url), { name: "linker", execArgv: [] }),
  linkMsMax: 120_000,
  // binaryen holds some 200 MB when it has been used.
  idleMsMax: 10_000,
});

/**
 * Glue and nodes to one optimised module without imports and custom sections, in a thread of its own. Requests queue.
 * Rejects with a FlowFusionError, `FF_FUSE_LINK` when something does not fit together or the linker fails.
 */
export function linkModules(request: LinkRequest): Promise<Uint8Array<ArrayBuffer>> {
  return thread.link(request);
}
