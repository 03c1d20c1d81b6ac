import { decodeMessage, type JsonSchema, type MessageValue, type PropValue, paddedTo8 } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeProperties } from "./properties.ts";

type Props = { readonly [name: string]: PropValue };

function leavesOf(props: Props, schema: JsonSchema = { type: "object" }): [path: string, value: MessageValue][] {
  const bytes = encodeProperties(props, schema);
  const leaves: [string, MessageValue][] = [];
  for (let at = 0; at < bytes.length; ) {
    const { topic, value, timestampNs, quality } = decodeMessage(bytes, at);
    expect([timestampNs, quality]).toEqual([0n, 0]);
    leaves.push([topic, value]);
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    at += paddedTo8(24 + view.getUint16(18, true) + view.getUint32(20, true));
  }
  return leaves;
}

const integers: JsonSchema = {
  type: "object",
  properties: {
    size: { type: "integer" },
    ratio: { type: "number" },
    list: { type: "array", items: { type: "integer" } },
    nested: { type: "object", properties: { size: { type: "integer" } } },
    cases: { type: "array", items: { type: "object", properties: { n: { type: "integer" }, x: { type: "number" } } } },
  },
};

describe("encodeProperties", () => {
  const rows: [title: string, props: Props, leaves: [string, MessageValue][]][] = [
    ["nothing", {}, []],
    ["a boolean", { on: true }, [["on", true]]],
    [
      "text",
      { op: ">", topic: "größe", empty: "" },
      [
        ["empty", ""],
        ["op", ">"],
        ["topic", "größe"],
      ],
    ],
    ["null", { value: null }, [["value", null]]],
    ["a number that the schema says nothing of", { x: 5 }, [["x", 5]]],
    ["an integer by schema", { size: 5 }, [["size", 5n]]],
    ["the largest safe integer by schema", { size: Number.MAX_SAFE_INTEGER }, [["size", 9_007_199_254_740_991n]]],
    ["an integer beyond what a number holds exactly", { size: 2 ** 60 }, [["size", 2 ** 60]]],
    ["a whole number that is no integer by schema", { ratio: 5 }, [["ratio", 5]]],
    [
      "a list of integers by schema",
      { list: [1, 2] },
      [
        ["list[0]", 1n],
        ["list[1]", 2n],
      ],
    ],
    [
      "a list in a list",
      { deep: [[1], ["a", [true]]] },
      [
        ["deep[0][0]", 1],
        ["deep[1][0]", "a"],
        ["deep[1][1][0]", true],
      ],
    ],
    [
      "an object in an object",
      { nested: { size: 1, other: 2 } },
      [
        ["nested.other", 2],
        ["nested.size", 1n],
      ],
    ],
    [
      "objects in a list",
      { cases: [{ n: 1, x: 1 }, { x: 2 }] },
      [
        ["cases[0].n", 1n],
        ["cases[0].x", 1],
        ["cases[1].x", 2],
      ],
    ],
    ["an empty list and an empty object", { list: [], nested: {} }, []],
    [
      "names of the prototype",
      { constructor: 1, toString: { valueOf: 2 } },
      [
        ["constructor", 1],
        ["toString.valueOf", 2],
      ],
    ],
  ];
  it.each(rows)("gives a message for each leaf of %s", (_, props, leaves) => {
    expect(leavesOf(props, integers)).toEqual(leaves);
  });

  it("sorts by path as text, so the tenth item comes before the second", () => {
    const list = Array.from({ length: 11 }, (_, index) => index);
    expect(leavesOf({ b: 1, a: list, B: 2 }).map(([path]) => path)).toEqual([
      ...["B", "a[0]", "a[10]", "a[1]", "a[2]", "a[3]", "a[4]", "a[5]", "a[6]", "a[7]", "a[8]", "a[9]", "b"],
    ]);
  });

  it("gives the same bytes whatever the order of the keys", () => {
    const value = fc.oneof(fc.boolean(), fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 5 }), value, { maxKeys: 6 }), (props) => {
        const reversed = Object.fromEntries(Object.entries(props).reverse());
        expect(encodeProperties(reversed, integers)).toEqual(encodeProperties(props, integers));
      }),
    );
  });
});
