// What is printed may have no reader any more, or no room.

import { reasonOf } from "@flowfusion/graph";

type OutputFailure = (error: NodeJS.ErrnoException, stream: NodeJS.WriteStream) => void;

let onFailure: OutputFailure = (error, stream) => process.exit(outputFailed(error, stream));

/** From here on the process ends when its output fails, but where a command says what else is to happen. */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", (error) => onFailure(error, stream));
}

/** For a command that goes on without its output, or has something to bring in order before it ends. */
export function whenOutputFails(then: OutputFailure): void {
  onFailure = then;
}

/** Says why the output cannot be written, and gives the exit code. Whoever reads it may have seen enough: `flowfusion … | head`. */
export function outputFailed(error: NodeJS.ErrnoException, stream: NodeJS.WriteStream): number {
  // Nobody is left to be told.
  if (stream === process.stderr) return 1;
  if (error.code === "EPIPE") return 0;
  process.stderr.write(`flowfusion: the output cannot be written: ${reasonOf(error)}\n`);
  return 1;
}
