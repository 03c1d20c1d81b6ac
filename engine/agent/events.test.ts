import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { eventually } from "@flowfusion/testkit";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { eventStream, eventStreamHeaders, type ServerEvent } from "./events.ts";

const eventBytes = 64 * 1024;
const text = "x".repeat(eventBytes);

/** Serves events without end over a real socket, as fast as they are taken. */
async function serve(stalledMsMax: number) {
  const app = Fastify();
  const seen = { offeredBytes: 0, waitingBytesMax: 0, isEnded: false };
  let stream: Readable;
  let socket: Socket | undefined;

  async function* source(signal: AbortSignal): AsyncGenerator<ServerEvent> {
    try {
      for (let id = 1; !signal.aborted; id++) {
        await new Promise(setImmediate);
        // What the gateway itself holds for the reader; the rest is in the buffers of the operating system, which are bounded.
        const waitingBytes = stream.readableLength + (socket?.writableLength ?? 0);
        seen.waitingBytesMax = Math.max(seen.waitingBytesMax, waitingBytes);
        seen.offeredBytes += eventBytes;
        yield { id, event: "rates", data: text };
      }
    } finally {
      seen.isEnded = true;
    }
  }
  app.get("/", async ({ raw }, reply) => {
    socket = raw.socket;
    stream = eventStream(source, { demandCaller: () => undefined }, new AbortController().signal, stalledMsMax);
    return reply.headers(eventStreamHeaders).send(stream);
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const client = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => undefined);
  client.write("GET / HTTP/1.1\r\nhost: gateway\r\n\r\n");
  const close = async () => {
    client.destroy();
    await app.close();
  };
  return { seen, client, socketOfGateway: () => socket, [Symbol.asyncDispose]: close };
}

test("a reader that stops reading is cut off, and no more than some events are held for it until then", async () => {
  await using served = await serve(200);
  await once(served.client, "data");
  served.client.pause();
  await eventually(() => expect(served.socketOfGateway()?.destroyed).toBe(true));
  await eventually(() => expect(served.seen.isEnded).toBe(true));
  expect(served.seen.waitingBytesMax).toBeLessThan(8 * eventBytes);
});

test("a reader that pauses for less than is allowed gets what comes after, and nothing twice", async () => {
  await using served = await serve(60_000);
  await once(served.client, "data");
  served.client.pause();
  // As much as all buffers take: nothing more is asked for.
  let before = -1;
  while (before !== served.seen.offeredBytes) {
    before = served.seen.offeredBytes;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const ids: number[] = [];
  served.client.on("data", (chunk: Buffer) => {
    for (const [, id] of chunk.toString("latin1").matchAll(/id: (\d+)\n/g)) ids.push(Number(id));
  });
  served.client.resume();
  await eventually(() => expect(served.seen.offeredBytes).toBeGreaterThan(before + 8 * eventBytes));
  await eventually(() => expect(ids.length).toBeGreaterThan(8));
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  expect(new Set(ids).size).toBe(ids.length);
  expect(served.seen.waitingBytesMax).toBeLessThan(8 * eventBytes);
});

test("a reader that goes away ends what is made for it", async () => {
  await using served = await serve(60_000);
  await once(served.client, "data");
  served.client.destroy();
  await eventually(() => expect(served.seen.isEnded).toBe(true));
});
