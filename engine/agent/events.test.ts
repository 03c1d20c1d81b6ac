import { eventually } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { eventStream, type ServerEvent } from "./events.ts";

const never = new AbortController().signal;
const line = "x".repeat(64 * 1024);

function endless() {
  const seen = { made: 0, isEnded: false };
  async function* source(signal: AbortSignal): AsyncGenerator<ServerEvent> {
    try {
      while (!signal.aborted) {
        seen.made += 1;
        yield { id: seen.made, event: "tick", data: line };
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } finally {
      seen.isEnded = true;
    }
  }
  return { seen, source };
}

test("who reads nothing is cut off, and nothing more is made for it", async () => {
  const { seen, source } = endless();
  const stream = eventStream(source, never, 100);
  await eventually(async () => expect(stream.destroyed).toBe(true));
  await eventually(async () => expect(seen.isEnded).toBe(true));
  // What was made for it fits into the stream's own buffer and little more.
  expect(seen.made).toBeLessThan(5);
});

test("who reads slowly is waited for", async () => {
  const { source } = endless();
  const stream = eventStream(source, never, 60_000);
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length;
    if (bytes > 500_000) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(bytes).toBeGreaterThan(500_000);
});

test("a stream that is to go on for ever is kept, however slow its reader is", async () => {
  const { seen, source } = endless();
  const stream = eventStream(source, never);
  await eventually(async () => expect(seen.made).toBeGreaterThan(0));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(stream.destroyed).toBe(false);
  stream.destroy();
  await eventually(async () => expect(seen.isEnded).toBe(true));
});
