import type { ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { eventually } from "./eventually.ts";

/**
 * Stops a process as a machine does that hangs: it neither reads nor writes, and its connections stay. Resolves once each of its
 * threads stands still, for the signal comes to one, which on a busy machine tells the others later.
 */
export async function standStill(child: ChildProcess): Promise<void> {
  child.kill("SIGSTOP");
  const threads = `/proc/${child.pid}/task`;
  await eventually(async () => {
    for (const thread of await readdir(threads)) {
      const stat = await readFile(`${threads}/${thread}/stat`, "utf8");
      // Behind the name, which may have any character in it.
      const state = stat.slice(stat.lastIndexOf(")") + 2)[0];
      if (state !== "T") throw new Error(`thread ${thread} of process ${child.pid} has not stopped; it is ${state}`);
    }
  });
}
