import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { LogOutput } from "./log-output.ts";

const line = `${"x".repeat(1023)}\n`;

test("lines that nobody takes are dropped beyond what may wait, and told of once somebody does", () => {
  const taken: string[] = [];
  let take: (() => void) | undefined;
  const out = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      taken.push(text);
      take = done;
    },
  });
  const output = new LogOutput(out);
  for (let count = 0; count < 3_000; count++) output.write(line);
  expect(out.writableLength).toBeLessThan(1024 * 1024 + 2 * line.length);
  const waiting = out.writableLength / line.length;
  for (let count = 0; count < waiting; count++) take!();
  output.write("the next\n");
  take!();
  expect(taken).toHaveLength(waiting + 2);
  expect(taken.at(-2)).toContain(`${3_000 - waiting} lines of the log were dropped`);
  expect(taken.at(-1)).toBe("the next\n");
});

test("many outputs to one stream listen to it once", () => {
  const out = new Full();
  for (let count = 0; count < 20; count++) new LogOutput(out).write(line);
  expect(out.listenerCount("error")).toBe(1);
});

/** As Node.js has it of standard output, a stream that failed is none the worse for it. */
class Full extends Writable {
  readonly taken: string[] = [];
  isFull = true;

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(text: string, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (!this.isFull) this.taken.push(text);
    done(this.isFull ? new Error("ENOSPC") : undefined);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error);
    (this as unknown as { _undestroy(): void })._undestroy();
  }
}

test("an output that fails for a while stops nothing, and the lines that it took are told of", async () => {
  const out = new Full();
  const output = new LogOutput(out);
  for (let count = 0; count < 2; count++) {
    output.write(line);
    await new Promise(setImmediate);
  }
  out.isFull = false;
  output.write("the next\n");
  expect(out.taken).toEqual([expect.stringContaining("2 lines of the log were dropped"), "the next\n"]);
});
