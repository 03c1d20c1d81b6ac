// Writes numbered messages with the file sink until a write fails, says so, waits for a line on stdin, and tries the
// same block again. Usage: node limited-file-writer.ts FOLDER

import { once } from "node:events";
import { framesOf, someOrigin } from "./messages.ts";
import { fileSink } from "./sinks.ts";

const sink = fileSink(process.argv[2]!);
const blockOf = (index: number) =>
  framesOf(
    Array.from({ length: 100 }, (_, offset) => ({
      topic: "n",
      timestampNs: 0n,
      quality: 0,
      value: index * 100 + offset,
    })),
  );

for (let index = 0; ; index++) {
  try {
    await sink.send(blockOf(index), someOrigin);
  } catch (error) {
    process.stdout.write(`failed: ${(error as Error).message}\n`);
    await once(process.stdin, "data");
    await sink.send(blockOf(index), someOrigin);
    break;
  }
}
await sink.close();
