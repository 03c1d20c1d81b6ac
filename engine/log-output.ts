// Where lines of the log go: to standard output, which may be a pipe that nobody reads, a file on a disk that is full, or gone.
// None of that holds up the gateway, makes it grow or keeps it from ending. What finds no room is dropped, and how much that was
// is said once there is room.

import type { Writable } from "node:stream";

/** Of lines that wait for whoever reads. */
const waitingBytesMax = 1024 * 1024;

/** Listens to the errors of a stream, which its writes are told of. */
const nothing = () => undefined;

export class LogOutput {
  readonly #out: Writable;
  #dropped = 0;

  constructor(out: Writable) {
    this.#out = out;
    if (!out.listeners("error").includes(nothing)) out.on("error", nothing);
  }

  write(line: string): void {
    if (this.#out.writableLength > waitingBytesMax) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      const msg = `${this.#dropped} lines of the log were dropped, as nothing took them`;
      this.#dropped = 0;
      this.#write(`${JSON.stringify({ level: 40, time: Date.now(), msg })}\n`);
    }
    this.#write(line);
  }

  #write(line: string): void {
    this.#out.write(line, (error) => {
      if (error) this.#dropped++;
    });
  }
}
