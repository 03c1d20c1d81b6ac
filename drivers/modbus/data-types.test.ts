import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DataType, decodeRegisters, type Encoding, registersOf } from "./data-types.ts";

const decode = (hex: string, encoding: Omit<Encoding, "wordOrder"> & { wordOrder?: "big" | "little" }) =>
  decodeRegisters(new Uint8Array(Buffer.from(hex, "hex")), { wordOrder: "big", ...encoding });

describe("registers become values", () => {
  test.each([
    ["int16", "ff85", { type: "int16" }, -123n],
    ["uint16", "ff85", { type: "uint16" }, 65_413n],
    ["int32", "fffe7960", { type: "int32" }, -100_000n],
    ["int32, low register first", "7960fffe", { type: "int32", wordOrder: "little" }, -100_000n],
    ["uint32", "ee6b2800", { type: "uint32" }, 4_000_000_000n],
    ["int64", "8000000000000000", { type: "int64" }, -(2n ** 63n)],
    ["int64, low register first", "0000000000008000", { type: "int64", wordOrder: "little" }, -(2n ** 63n)],
    ["uint64", "7fffffffffffffff", { type: "uint64" }, 2n ** 63n - 1n],
    ["float32", "41ac0000", { type: "float32" }, 21.5],
    ["float32, low register first", "000041ac", { type: "float32", wordOrder: "little" }, 21.5],
    ["float64", "400921fb54442d18", { type: "float64" }, Math.PI],
    ["the lowest bit", "0001", { type: "bool", bit: 0 }, true],
    ["the highest bit", "8000", { type: "bool", bit: 15 }, true],
    ["a bit beside one", "0002", { type: "bool", bit: 0 }, false],
    ["text up to its zero", "70756d7000ff", { type: "text", registers: 3 }, "pump"],
    ["text without blanks behind it", "70756d702020", { type: "text", registers: 3 }, "pump"],
    ["a scaled integer", "00d7", { type: "int16", scale: 0.1 }, 21.5],
    ["an integer with an offset", "0019", { type: "uint16", offset: -25 }, 0],
    ["scale before offset", "000a", { type: "uint16", scale: 2, offset: 1 }, 21],
  ] as const)("%s", (_, hex, encoding, value) => {
    expect(decode(hex, encoding)).toEqual({ quality: 0, value });
  });

  test("an unsigned 64-bit integer that no tag can hold exactly is uncertain", () => {
    expect(decode("8000010000000000", { type: "uint64" })).toEqual({ quality: 1, value: 2 ** 63 + 2 ** 40 });
  });

  test("a float that is no number is bad", () => {
    expect(decode("7fc00000", { type: "float32" })).toEqual({ quality: 2, value: Number.NaN });
  });

  test("the order of registers is that of their words alone, whatever the type", () => {
    const types = fc.constantFrom<DataType>("int32", "uint32", "int64", "uint64", "float32", "float64");
    fc.assert(
      fc.property(types, fc.uint8Array({ minLength: 8, maxLength: 8 }), (type, random) => {
        const bytes = random.subarray(0, registersOf({ type }) * 2);
        const words = Array.from({ length: bytes.length / 2 }, (_, i) => [...bytes.subarray(2 * i, 2 * i + 2)]);
        const swapped = Uint8Array.from(words.reverse().flat());
        const [big, little] = [
          decodeRegisters(bytes, { type, wordOrder: "big" }),
          decodeRegisters(swapped, { type, wordOrder: "little" }),
        ];
        expect(little).toEqual(big);
      }),
    );
  });
});
