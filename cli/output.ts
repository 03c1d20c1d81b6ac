// What is printed may have no reader any more, or no room.

import { reasonOf } from "@flowfusion/graph";

/** Says why the output cannot be written, and gives the exit code. Whoever reads it may have seen enough: `flowfusion … | head`. */
export function outputFailed(error: NodeJS.ErrnoException): number {
  if (error.code === "EPIPE") return 0;
  process.stderr.write(`flowfusion: the output cannot be written: ${reasonOf(error)}\n`);
  return 1;
}
