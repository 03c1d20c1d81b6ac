import { deflateSync, gzipSync } from "node:zlib";
import { encodeSparkplug, type SparkplugMetric, sparkplugType } from "@flowfusion/proto/sparkplug";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { PayloadError } from "./payloads.ts";
import { SparkplugHost } from "./sparkplug.ts";

const payloadBytesMax = 100_000;
let host: SparkplugHost;
beforeEach(() => {
  host = new SparkplugHost(100, payloadBytesMax);
});

const send = (topic: string, seq: number | undefined, ...metrics: readonly SparkplugMetric[]) =>
  host.handle(
    `spBv1.0/${topic}`,
    encodeSparkplug({ timestampMs: 7, ...(seq === undefined ? {} : { seq }), metrics }),
    9n,
  );
const bdSeq = (value: bigint): SparkplugMetric => ({ name: "bdSeq", datatype: sparkplugType.int64, value });
const temp = { name: "temp", alias: 0n, datatype: sparkplugType.int16, value: 21n };
const rebirthTopic = "spBv1.0/g/NCMD/e";
const nothing = { readings: [], dead: [] };

function born(): void {
  send("g/NBIRTH/e", 0, bdSeq(1n), temp);
  send("g/DBIRTH/e/d", 1, { ...temp, alias: 1n, name: "level" });
}

describe("births", () => {
  test("give the first values, under the names of node and device", () => {
    expect(send("g/NBIRTH/e", 0, bdSeq(1n), temp)).toEqual({
      readings: [{ tag: "g/e/temp", timestampNs: 7_000_000n, quality: 0, value: 21n }],
      dead: [],
    });
    expect(send("g/DBIRTH/e/d", 1, temp).readings[0]?.tag).toBe("g/e/d/temp");
  });

  test("anew let what is not born again be dead", () => {
    born();
    expect(send("g/NBIRTH/e", 0, bdSeq(2n), temp).dead).toEqual(["g/e/d/level"]);
  });
});

describe("data", () => {
  test("by alias has the name, device and data type of the birth", () => {
    born();
    const { readings } = send(
      "g/NDATA/e",
      2,
      { alias: 0n, value: 0xfffbn },
      { alias: 1n, value: 3n, timestampMs: 8.5 },
    );
    expect(readings).toEqual([
      { tag: "g/e/temp", timestampNs: 7_000_000n, quality: 0, value: -5n },
      { tag: "g/e/d/level", timestampNs: 8_000_000n, quality: 0, value: 3n },
    ]);
  });

  test("of a time that no update can have is of the time when it came", () => {
    born();
    const endMs = 2 ** 64 / 1e6;
    const at = (timestampMs: number) => ({ alias: 0n, value: 1n, timestampMs });
    const { readings } = send("g/NDATA/e", 2, at(endMs - 2), at(endMs + 2), at(2 ** 63));
    expect(readings.map(({ timestampNs }) => timestampNs)).toEqual([expect.toSatisfy((ns) => ns > 2n ** 63n), 9n, 9n]);
  });

  test("by name is as good", () => {
    born();
    expect(send("g/DDATA/e/d", 2, { name: "level", value: 4n }).readings[0]).toMatchObject({
      tag: "g/e/d/level",
      value: 4n,
    });
  });

  test("is numbered from 0 to 255 and on", () => {
    born();
    for (let seq = 2; seq < 600; seq++)
      expect(send("g/NDATA/e", seq % 256, { alias: 0n, value: 1n }).readings).toHaveLength(1);
  });

  test("that is null or said to be stale is bad", () => {
    born();
    const { readings } = send("g/NDATA/e", 2, { alias: 0n, value: null }, { alias: 1n, value: 3n, quality: 500 });
    expect(readings.map(({ quality }) => quality)).toEqual([2, 2]);
  });
});

describe("births are asked for", () => {
  const dead = () => send("g/NDEATH/e", undefined, bdSeq(1n));
  test.each<[string, (() => unknown)[], string, number, SparkplugMetric]>([
    ["data of an edge node that nobody saw born", [], "g/NDATA/e", 5, { alias: 0n, value: 1n }],
    ["a gap in the numbers", [born], "g/NDATA/e", 3, { alias: 0n, value: 1n }],
    ["a number twice", [born], "g/NDATA/e", 1, { alias: 0n, value: 1n }],
    ["an alias that was never told", [born], "g/NDATA/e", 2, { alias: 99n, value: 1n }],
    ["data after a death", [born, dead], "g/NDATA/e", 2, { alias: 0n, value: 1n }],
  ])("after %s, and nothing is taken for true", (_, before, topic, seq, metric) => {
    for (const act of before) act();
    expect(send(topic, seq, metric)).toEqual({ ...nothing, rebirthTopic });
  });
});

describe("after a silence", () => {
  test("births are asked for until they come, and data is read meanwhile", () => {
    born();
    send("g/NBIRTH/f", 0, temp);
    expect(host.doubt()).toEqual([rebirthTopic, "spBv1.0/g/NCMD/f"]);
    const data = (seq: number) => send("g/NDATA/e", seq, { alias: 0n, value: 1n });
    for (const seq of [2, 3])
      expect(data(seq)).toMatchObject({ readings: [{ tag: "g/e/temp", value: 1n }], rebirthTopic });
    born();
    expect(data(2)).not.toHaveProperty("rebirthTopic");
  });
});

describe("deaths", () => {
  test("of a node are those of its devices as well", () => {
    born();
    expect(send("g/NDEATH/e", undefined, bdSeq(1n))).toEqual({ readings: [], dead: ["g/e/temp", "g/e/d/level"] });
  });

  test("of a device leave the node alone", () => {
    born();
    expect(send("g/DDEATH/e/d", 2)).toEqual({ readings: [], dead: ["g/e/d/level"] });
    expect(send("g/NDATA/e", 3, { alias: 0n, value: 1n }).readings).toHaveLength(1);
  });

  test("of an earlier connection are passed over", () => {
    born();
    expect(send("g/NDEATH/e", undefined, bdSeq(0n))).toEqual(nothing);
    expect(send("g/NDATA/e", 2, { alias: 0n, value: 1n }).readings).toHaveLength(1);
  });
});

describe("a compressed payload", () => {
  const packed = (body: Uint8Array, algorithm?: string) =>
    encodeSparkplug({
      uuid: "SPBV1.0_COMPRESSED",
      body,
      metrics: algorithm === undefined ? [] : [{ name: "algorithm", datatype: sparkplugType.string, value: algorithm }],
    });
  const birth = encodeSparkplug({ timestampMs: 7, seq: 0, metrics: [bdSeq(1n), temp] });
  const handle = (payload: Uint8Array) => host.handle("spBv1.0/g/NBIRTH/e", payload, 9n);

  test.each([
    ["DEFLATE", packed(deflateSync(birth), "DEFLATE")],
    ["GZIP", packed(gzipSync(birth), "gzip")],
    ["no algorithm", packed(deflateSync(birth))],
  ])("with %s is the payload that is in it", (_, payload) => {
    expect(handle(payload).readings).toMatchObject([{ tag: "g/e/temp", value: 21n }]);
    expect(send("g/NDATA/e", 1, { alias: 0n, value: 5n }).readings).toHaveLength(1);
  });

  test.each([
    ["by an unknown algorithm", packed(deflateSync(birth), "toString"), 'compressed by "TOSTRING"'],
    ["cut short", packed(deflateSync(birth).subarray(0, 10)), "is not Sparkplug B: unexpected end of file"],
    ["that is none", packed(deflateSync(Uint8Array.of(0xff))), "is not Sparkplug B"],
    ["that bursts", packed(deflateSync(new Uint8Array(1e7))), "more than 100000 bytes when it is decompressed"],
  ])("%s is refused", (_, payload, why) => {
    expect(() => handle(payload)).toThrow(PayloadError);
    expect(() => handle(payload)).toThrow(why);
  });
});

describe("what a sender may do is bounded", () => {
  test("metrics and aliases are counted, and given back when they are born anew", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...temp, name: `m${i}`, alias: BigInt(i) }));
    for (let i = 0; i < 10; i++) expect(send("g/NBIRTH/e", 0, ...many(49)).readings).toHaveLength(49);
    expect(() => send("g/NBIRTH/e", 0, ...many(50))).toThrow("more than 100 metrics and aliases were born");
  });

  test.each([
    ["a payload that is none", "g/NBIRTH/e", Uint8Array.of(0xff)],
    ["a birth without names", "g/NBIRTH/e", encodeSparkplug({ seq: 0, metrics: [{ alias: 1n, value: 1 }] })],
  ])("%s is refused", (_, topic, payload) => {
    expect(() => host.handle(`spBv1.0/${topic}`, payload, 0n)).toThrow(PayloadError);
  });

  test.each(["STATE/host", "spBv1.0/g/NCMD/e", "spBv1.0/g", "other/g/NBIRTH/e"])(
    "%s is none of its business",
    (topic) => {
      expect(host.handle(topic, Uint8Array.of(0xff), 0n)).toEqual(nothing);
    },
  );

  test("any messages in any order give readings of what was born, or a reason", () => {
    const type = fc.constantFrom("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH");
    const metric = fc.record(
      {
        name: fc.constantFrom("a", "b", "bdSeq"),
        alias: fc.bigInt(0n, 3n),
        value: fc.constantFrom(null, 1n, 2.5, "x"),
      },
      { requiredKeys: ["value"] },
    );
    const message = fc.tuple(type, fc.integer({ min: 0, max: 3 }), fc.array(metric, { maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        host = new SparkplugHost(100, payloadBytesMax);
        const known = new Set<string>();
        for (const [kind, seq, metrics] of messages) {
          try {
            const { readings, dead } = send(
              `g/${kind}/e${kind.startsWith("D") ? "/d" : ""}`,
              seq,
              ...(metrics as SparkplugMetric[]),
            );
            for (const { tag } of readings) {
              expect(kind.endsWith("BIRTH") || known.has(tag)).toBe(true);
              known.add(tag);
            }
            for (const tag of dead) expect(known.has(tag)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(PayloadError);
          }
        }
      }),
    );
  });
});
