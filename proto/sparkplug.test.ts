import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSparkplug, encodeSparkplug, sparkplugType, withDatatype } from "./sparkplug.ts";

test("a payload is, byte for byte, what Eclipse Tahu's definition makes of it", () => {
  // { timestamp: 1000, metrics: [{ name: "t", alias: 0, datatype: 9 (Float), float_value: 21.5 }], seq: 0 }
  const hex = "08e807" + "120c" + "0a0174" + "1000" + "2009" + "650000ac41" + "1800";
  const payload = {
    timestampMs: 1000,
    seq: 0,
    metrics: [{ name: "t", alias: 0n, datatype: sparkplugType.float, value: 21.5 }],
  };
  expect(Buffer.from(encodeSparkplug(payload)).toString("hex")).toBe(hex);
  expect(decodeSparkplug(Buffer.from(hex, "hex"))).toEqual(payload);
});

test.each([
  ["int8", -1n],
  ["int16", -32_768n],
  ["int32", -(2n ** 31n)],
  ["int64", -(2n ** 63n)],
  ["uint8", 255n],
  ["uint32", 2n ** 32n - 1n],
  ["uint64", 2n ** 64n - 1n],
  ["boolean", false],
  ["string", "ä"],
  ["double", 0.1],
  ["bytes", Uint8Array.of(0, 255)],
] as const)("a value of type %s is read as it was written: %s", (type, value) => {
  const metric = { name: "m", datatype: sparkplugType[type], value };
  expect(decodeSparkplug(encodeSparkplug({ metrics: [metric] })).metrics).toEqual([metric]);
});

test("a signed value keeps its sign when its data type was told earlier", () => {
  const { metrics } = decodeSparkplug(
    encodeSparkplug({ metrics: [{ alias: 1n, datatype: sparkplugType.int16, value: -5n }] }),
  );
  const { datatype: _, ...data } = metrics[0]!;
  const [read] = decodeSparkplug(encodeSparkplug({ metrics: [{ ...data, value: 0xfffbn }] })).metrics;
  expect(withDatatype(read!.value, sparkplugType.int16)).toBe(-5n);
});

test("quality, null and history are told", () => {
  const metrics = [
    { name: "stale", quality: 500, value: 1 },
    { name: "none", value: null },
    { name: "old", isHistorical: true, value: true },
  ];
  expect(decodeSparkplug(encodeSparkplug({ metrics })).metrics).toEqual(metrics);
});

test("any bytes are a payload or an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(decodeSparkplug(bytes).metrics).toBeInstanceOf(Array);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});
