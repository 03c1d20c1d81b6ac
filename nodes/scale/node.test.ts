import type { Message, MessageValue } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { extremeMessages, type Props, reading, refusalOf, TestNode } from "../testing.ts";

describe("scale", () => {
  const rows: [props: Props, value: MessageValue, result: number][] = [
    [{}, 5, 5],
    [{ factor: 2 }, 5, 10],
    [{ offset: 3 }, 5, 8],
    [{ factor: 1.8, offset: 32 }, 100, 212],
    [{ factor: -1 }, 5, -5],
    [{ factor: 0 }, 5, 0],
    [{ factor: 0 }, -5, 0],
    [{ factor: 0.5 }, -0, 0],
    [{ factor: 2, offset: 1 }, true, 3],
    [{ factor: 2, offset: 1 }, false, 1],
    [{ factor: 0.1 }, 25n, 2.5],
    [{}, 2n ** 53n + 1n, 2 ** 53],
    [{}, -(2n ** 63n), -(2 ** 63)],
  ];
  it.each(rows)("with %j makes a good float64 of %s: %s", (props, value, result) => {
    expect(new TestNode("scale", props).answer(reading(value))).toEqual(reading(result));
  });

  it.each([
    ["an overflow", { factor: 1e300 }, 1e300, Number.POSITIVE_INFINITY],
    ["infinity", {}, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ["NaN", {}, Number.NaN, Number.NaN],
    ["infinity times zero", { factor: 0 }, Number.POSITIVE_INFINITY, Number.NaN],
  ])("marks %s as bad", (_, props: Props, value, result) => {
    expect(new TestNode("scale", props).answer(reading(value))).toEqual(reading(result, { quality: 2 }));
  });

  it("writes one NaN, whatever bits the engine computes", () => {
    const [emission] = new TestNode("scale", { factor: 0 }).send(reading(Number.POSITIVE_INFINITY));
    expect(Buffer.from(emission!.bytes).readBigUInt64LE(8)).toBe(0x7ff8000000000000n);
  });

  it.each([0, 1, 2] as const)("keeps quality %s and the timestamp of a number", (quality) => {
    const message = reading(5, { quality, timestampNs: 99n });
    expect(new TestNode("scale", { factor: 2 }).answer(message)).toEqual({ ...message, value: 10 });
  });

  it.each([
    ["text", "5"],
    ["empty text", ""],
    ["bytes", Uint8Array.of(1, 2, 3)],
    ["no value", null],
  ])("passes %s unchanged, as bad", (_, value) => {
    expect(new TestNode("scale", { factor: 2 }).answer(reading(value))).toEqual(reading(value, { quality: 2 }));
  });

  it.each(["short", "line/1/temperature in a rather long topic that needs more room than the one before", "größe"])(
    "puts the topic %s in place of the incoming one, and leaves the rest",
    (topic) => {
      const node = new TestNode("scale", { factor: 2, topic });
      expect(node.answer(reading(5))).toEqual(reading(10, { topic }));
      expect(node.answer(reading("text stays whole"))).toEqual(reading("text stays whole", { topic, quality: 2 }));
      expect(node.answer(reading(1, { topic: "t".repeat(60_000) }))).toEqual(reading(2, { topic }));
    },
  );

  it("pads what it emits under another topic with zeros", () => {
    const node = new TestNode("scale", { topic: "ab" });
    // Fills the memory that the next answer takes with something else than zeros.
    node.send(reading("\u{7f}".repeat(500)));
    const [emission] = node.send(reading(1));
    expect(emission!.bytes).toHaveLength(32);
    expect([...emission!.bytes.subarray(26)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each(extremeMessages)("keeps the topic and timestamp of %s", (_, message) => {
    const { topic, timestampNs }: Message = new TestNode("scale", { factor: 2 }).answer(message);
    expect({ topic, timestampNs }).toEqual({ topic: message.topic, timestampNs: message.timestampNs });
  });

  it("refuses an empty topic before anything is deployed", () => {
    expect(() => new TestNode("scale", { topic: "" })).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ path: "nodes.node.props.topic" })] }),
    );
  });

  const refused: [props: { [path: string]: MessageValue }, words: string][] = [
    [{ offset: 0 }, "property factor is missing or of another type"],
    [{ factor: "2", offset: 0 }, "property factor is missing or of another type"],
    [{ factor: 2 }, "property offset is missing or of another type"],
    [{ factor: 2, offset: 0, topic: 5 }, "property topic is of another type"],
  ];
  it.each(refused)("refuses %j that no schema has checked", (props, words) => {
    expect(refusalOf("scale", props)).toBe(words);
  });
});
