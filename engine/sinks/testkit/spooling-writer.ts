// Appends numbered messages to a queue that keeps them on disk before it sends them, and says as JSON lines what the sink
// was handed and what it took; for a test to kill. Usage: node spooling-writer.ts FOLDER FIRST

import { writeSync } from "node:fs";
import { frameEnd } from "../frames.ts";
import { SinkQueue } from "../queue.ts";
import type { Sink } from "../sink.ts";
import { numbered } from "./messages.ts";
import { append } from "./queues.ts";
import { numbersIn } from "./scripted-sink.ts";

const [folder, first] = process.argv.slice(2);
const say = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`);

const slow: Sink = {
  async send(frames) {
    const values = numbersIn(frames);
    say({ handed: values.at(-1) });
    await new Promise((resolve) => setTimeout(resolve, 1));
    say({ took: values[0] });
    return { bytes: frameEnd(frames, 0), dropped: {} };
  },
  close: async () => {},
};

const queue = new SinkQueue(slow, {
  bytesMax: 64 * 1024 * 1024,
  spoolFolder: folder!,
  storage: { diskBytesMax: 64 * 1024 * 1024, durability: "written" },
});

for (let next = Number(first); ; next += 5) {
  append(queue, numbered(5, next));
  await new Promise((resolve) => setTimeout(resolve, 1));
}
