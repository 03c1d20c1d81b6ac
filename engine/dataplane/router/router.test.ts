import { decodeMessage, type Message } from "@flowfusion/graph";
import { encodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Router, type RouterPace } from "./router.ts";

interface Received {
  readonly slot: number;
  readonly input: number;
  readonly message: Message;
}

function collector(pace?: RouterPace) {
  const received: Received[] = [];
  const router = new Router((slot, memory, start, bytes, frames) => {
    const view = new DataView(memory.buffer, start, bytes);
    let seen = 0;
    for (let at = 0; at < bytes; at += 8 + view.getUint32(at + 4, true)) {
      received.push({ slot, input: view.getUint32(at, true), message: decodeMessage(memory, start + at + 8) });
      seen++;
    }
    expect(seen).toBe(frames);
  }, pace);
  return { router, received };
}

/** Routes a batch and hands out what it gives each flow. */
function routeNow(router: Router, batch: Uint8Array): boolean {
  const isTaken = router.route(batch);
  router.flush();
  return isTaken;
}

const update = (tag: string, value: TagUpdate["value"], timestampNs = 1n): TagUpdate => ({
  tag,
  timestampNs,
  quality: 0,
  value,
});
const all = (slot: number, input = 0) => ({ pattern: "#", route: { slot, input } });

describe("the router", () => {
  it("hands a batch on in as many pieces as time asks for, whole, in order, and keeps it meanwhile though its memory grows", () => {
    let isOver = false;
    const isTimeOver = () => {
      isOver = !isOver;
      return isOver;
    };
    const { router, received } = collector({ onPart: () => !isTimeOver(), isTimeOver });
    const flows = 40;
    router.subscribe(Array.from({ length: flows }, (_, slot) => all(slot)));
    const updates = Array.from({ length: 5_000 }, (_, index) => update(`tag/${index % 10}`, index));
    const batch = encodeTagUpdateBatch({ source: "test", updates });
    expect(router.route(batch)).toBe(true);
    let pieces = 1;
    for (; !router.isDone; pieces++) router.goOn();
    expect(pieces).toBeGreaterThan(flows);
    expect(Buffer.from(router.batch).equals(batch)).toBe(true);
    for (; !router.flush(); pieces++);
    expect(router.stats).toEqual({ updates: updates.length, unrouted: 0, refusedBatches: 0 });
    const bySlot = Map.groupBy(received, ({ slot }) => slot);
    for (const given of bySlot.values()) {
      expect(given.map(({ message }) => message.value)).toEqual(updates.map(({ value }) => value));
    }
    expect(bySlot.size).toBe(flows);
  });

  it("gives each flow the updates that it subscribes to, in order", () => {
    const { router, received } = collector();
    router.subscribe([
      { pattern: "boiler/+/temp", route: { slot: 0, input: 0 } },
      { pattern: "boiler/#", route: { slot: 1, input: 2 } },
    ]);
    const batch = encodeTagUpdateBatch({
      source: "test",
      updates: [update("boiler/1/temp", 20.5), update("boiler/1/pressure", 3n), update("tank/1/level", 1)],
    });
    expect(routeNow(router, batch)).toBe(true);
    expect(received.map(({ slot, input, message }) => [slot, input, message.topic, message.value])).toEqual([
      [0, 0, "boiler/1/temp", 20.5],
      [1, 2, "boiler/1/temp", 20.5],
      [1, 2, "boiler/1/pressure", 3n],
    ]);
    expect(router.stats).toEqual({ updates: 3, unrouted: 1, refusedBatches: 0 });
  });

  it("carries every kind of value, quality and timestamp over unchanged", () => {
    const { router, received } = collector();
    router.subscribe([all(0)]);
    fc.assert(
      fc.property(fc.array(anyUpdate, { maxLength: 40 }), (updates) => {
        received.length = 0;
        expect(routeNow(router, encodeTagUpdateBatch({ source: "s", updates }))).toBe(true);
        expect(received.map(({ message }) => message)).toEqual(updates.map(asMessage));
      }),
    );
  });

  it("routes a batch that is larger than a flow's staging buffer without losing or reordering anything", () => {
    const { router, received } = collector();
    router.subscribe([all(0), all(1)]);
    const updates = Array.from({ length: 5000 }, (_, index) => update(`tag/${index % 7}`, BigInt(index)));
    expect(routeNow(router, encodeTagUpdateBatch({ source: "s", updates }))).toBe(true);
    for (const slot of [0, 1]) {
      expect(received.filter((one) => one.slot === slot).map(({ message }) => message.value)).toEqual(
        updates.map(({ value }) => value),
      );
    }
  });

  it("routes one message that is larger than a staging buffer", () => {
    const { router, received } = collector();
    router.subscribe([all(0)]);
    const text = "x".repeat(200_000);
    expect(
      routeNow(
        router,
        encodeTagUpdateBatch({ source: "s", updates: [update("a", 1), update("b", text), update("c", 2)] }),
      ),
    ).toBe(true);
    expect(received.map(({ message }) => message.value)).toEqual([1, text, 2]);
  });

  it("keeps its memory within bounds when messages grow a little at a time", () => {
    let memoryBytes = 0;
    const router = new Router((_slot, { buffer }) => {
      memoryBytes = buffer.byteLength;
    });
    router.subscribe([all(0)]);
    let batches = 0;
    for (let bytes = 70_000; bytes < 700_000; bytes += 512, batches++)
      routeNow(router, encodeTagUpdateBatch({ source: "s", updates: [update("a", new Uint8Array(bytes))] }));
    // A buffer of its own for each size would have taken 470 MB.
    expect(memoryBytes).toBeLessThan(64_000_000);
    expect(router.stats.updates).toBe(batches);
  });

  it("keeps its memory within bounds when a message of nearly a mebibyte is for a thousand flows, and small ones come with it", () => {
    const flows = 1_000;
    const counts = new Map<number, number>();
    let memoryBytes = 0;
    let largestBytes = 0;
    const router = new Router((slot, { buffer }, _start, bytes, frames) => {
      memoryBytes = buffer.byteLength;
      largestBytes = Math.max(largestBytes, bytes);
      counts.set(slot, (counts.get(slot) ?? 0) + frames);
    });
    router.subscribe(Array.from({ length: flows }, (_, slot) => all(slot)));
    const updates = [update("a", 1), update("b", "x".repeat(1_000_000)), update("a", 2)];
    for (let round = 0; round < 2; round++) routeNow(router, encodeTagUpdateBatch({ source: "s", updates }));
    expect([...counts.values()]).toEqual(Array(flows).fill(2 * updates.length));
    expect(largestBytes).toBeGreaterThan(1_000_000);
    // A buffer of its own for each flow would have taken 2 GB.
    expect(memoryBytes).toBeLessThan(64_000_000);
  });

  it("asks for the routes of a tag anew when subscriptions change", () => {
    const { router, received } = collector();
    const batch = encodeTagUpdateBatch({ source: "s", updates: [update("a", 1)] });
    router.subscribe([all(0)]);
    routeNow(router, batch);
    router.subscribe([all(3, 1)]);
    routeNow(router, batch);
    expect(received.map(({ slot, input }) => [slot, input])).toEqual([
      [0, 0],
      [3, 1],
    ]);
  });

  it("keeps routing when more different tags come than its table holds", () => {
    const { router, received } = collector();
    router.subscribe([{ pattern: "kept", route: { slot: 0, input: 0 } }]);
    for (let round = 0; round < 8; round++) {
      const updates = Array.from({ length: 20_000 }, (_, index) => update(`${round}/${index}`, 1));
      expect(
        routeNow(router, encodeTagUpdateBatch({ source: "s", updates: [...updates, update("kept", round)] })),
      ).toBe(true);
    }
    expect(received.map(({ message }) => message.value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("refuses a malformed batch whole, cut at any byte, and goes on with the next", () => {
    const { router, received } = collector();
    router.subscribe([all(0)]);
    const whole = encodeTagUpdateBatch({ source: "source", updates: [update("first", 1), update("second", "text")] });
    let refused = 0;
    for (let length = 0; length < whole.length; length++) {
      received.length = 0;
      if (routeNow(router, whole.subarray(0, length))) expect(received.length).toBeLessThanOrEqual(1);
      else {
        refused++;
        expect(received).toEqual([]);
      }
    }
    expect(refused).toBeGreaterThan(whole.length / 2);
    expect(routeNow(router, whole)).toBe(true);
  });

  it.each([
    ["a varint of eleven bytes", [0x08, ...new Array(10).fill(0xff), 0x01]],
    ["field number 0", [0x00, 0x01]],
    ["wire type 6", [0x0e]],
    ["wire type 7", [0x0f]],
    ["an end of group without its start", [0x1c]],
    ["a group without its end", [0x1b, 0x08, 0x01]],
    ["a tag that is not UTF-8", [0x12, 0x03, 0x0a, 0x01, 0xff]],
    ["a source that is not UTF-8", [0x0a, 0x01, 0xff]],
    ["a text that is not UTF-8", [0x12, 0x06, 0x0a, 0x01, 0x61, 0x3a, 0x01, 0xc0]],
    ["an overlong UTF-8 text", [0x12, 0x07, 0x0a, 0x01, 0x61, 0x3a, 0x02, 0xc0, 0x80]],
    ["a length beyond the end", [0x12, 0x7f, 0x0a]],
    ["a tag whose length runs past its update", [0x12, 0x02, 0x0a, 0x05, 0x61, 0x61, 0x61, 0x61, 0x61]],
    ["a timestamp cut short", [0x12, 0x05, 0x11, 0x01, 0x02, 0x03, 0x04]],
  ])("refuses %s", (_name, bytes) => {
    const { router, received } = collector();
    router.subscribe([all(0)]);
    expect(routeNow(router, Uint8Array.from(bytes))).toBe(false);
    expect(received).toEqual([]);
    expect(router.stats.refusedBatches).toBe(1);
  });

  it("accepts fields in any order, unknown fields and groups, and lets the last of a doubled field count", () => {
    const { router, received } = collector();
    router.subscribe([all(0)]);
    const fixed = (value: number) => [...new Uint8Array(Float64Array.of(value).buffer)];
    const body = [
      ...[0x31, ...fixed(1)],
      ...[0x7a, 0x02, 0x01, 0x02],
      ...[0x7b, 0x08, 0x01, 0x7c],
      ...[0x18, 0x09],
      ...[0x0a, 0x01, 0x61],
      ...[0x31, ...fixed(2)],
      ...[0x0a, 0x01, 0x62],
    ];
    expect(routeNow(router, Uint8Array.from([0x12, body.length, ...body, 0x0a, 0x00]))).toBe(true);
    expect(received.map(({ message }) => message)).toEqual([{ topic: "b", timestampNs: 0n, quality: 2, value: 2 }]);
  });

  it("never crashes on random bytes", () => {
    const { router } = collector();
    router.subscribe([all(0)]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(routeNow(router, bytes)).toBeTypeOf("boolean");
      }),
      { numRuns: 2000 },
    );
  });
});

const anyUpdate: fc.Arbitrary<TagUpdate> = fc.record({
  tag: fc.oneof(
    fc.constantFrom("a", "boiler/1/temp", "ä/ö/ü/€", "exactly8", "exactly/sixteen!"),
    fc.string({ unit: "grapheme", maxLength: 40 }),
  ),
  timestampNs: fc.bigInt(0n, 2n ** 64n - 1n),
  quality: fc.constantFrom(0, 1, 2),
  value: fc.oneof(
    fc.boolean(),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.double({ noNaN: true }),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 40 }),
  ),
});

function asMessage({ tag, timestampNs, quality, value }: TagUpdate): Message {
  return { topic: tag, timestampNs, quality, value };
}
