// The linkers of a process.

import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { type Effort, effortFor, v8Options } from "./effort.ts";
import { LinkProcesses } from "./link-processes.ts";
import type { LinkRequest } from "./link-request.ts";

const linkers = new LinkProcesses({
  processesMax: Math.min(2, availableParallelism()),
  start: startWorker,
  effortFor,
  linkMsMax: 120_000,
  // binaryen holds some 200 MB when it has been used.
  idleMsMax: 10_000,
});

/**
 * Glue and nodes to one optimised module without imports and custom sections, in a process of its own. Requests queue.
 * Rejects with a FlowFusionError, `FF_FUSE_LINK` when something does not fit together or the linker fails.
 */
export function linkModules(request: LinkRequest): Promise<Uint8Array<ArrayBuffer>> {
  return linkers.link(request);
}

function startWorker(effort: Effort) {
  return fork(new URL("./link-worker.ts", import.meta.url), {
    serialization: "advanced",
    execArgv: v8Options(effort),
    env: {},
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}
