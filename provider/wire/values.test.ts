import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asAsset,
  fromStruct,
  isSecret,
  isUnknown,
  reveal,
  secret,
  toStruct,
  unknownsOf,
  unknownValue,
  unwrap,
  type WireValue,
} from "./values.ts";

const wireValue: fc.Arbitrary<WireValue> = fc.letrec<{ value: WireValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 3, noNullPrototype: true },
    ),
    tie("value").map(secret),
  ),
})).value;

describe("property values", () => {
  test("survive the way through a Struct", () => {
    fc.assert(
      fc.property(wireValue, (value) => {
        expect(fromStruct(toStruct({ value }))).toEqual({ value });
      }),
    );
  });

  test("hold no secret mark once revealed, and nothing else is lost", () => {
    fc.assert(
      fc.property(wireValue, (value) => {
        expect(JSON.stringify(reveal(value))).not.toContain("1b47061264138c4ac30d75fd1eb44270");
        expect(reveal(secret(value))).toEqual(reveal(value));
      }),
    );
  });

  test("are marked secret once, however often they are asked to be", () => {
    expect(secret(secret("t"))).toEqual(secret("t"));
    expect(isSecret(secret("t"))).toBe(true);
    expect(unwrap(secret("t"))).toBe("t");
    expect(unwrap("t")).toBe("t");
  });

  test.each([
    ["of no particular type", unknownValue],
    ["boolean", "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"],
    ["number", "3eeb2bf0-c639-47a8-9e75-3b44932eb421"],
    ["object", "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"],
  ])("that are unknown are seen: %s", (_, value) => {
    expect(isUnknown(value)).toBe(true);
    expect(unknownsOf({ nodes: { hot: { props: { cases: [{ value }] } } } })).toEqual([
      ["nodes", "hot", "props", "cases", 0, "value"],
    ]);
  });

  test("are assets with their signature alone", () => {
    const signed = {
      "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
      hash: "ab",
      path: "a.wasm",
    };
    expect(asAsset(signed)).toEqual({ hash: "ab", path: "a.wasm" });
    expect(asAsset({ path: "a.wasm" })).toBeUndefined();
    expect(asAsset("a.wasm")).toBeUndefined();
  });
});
