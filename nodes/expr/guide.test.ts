// The examples of docs/guides/expressions.md, run.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MessageValue } from "@flowfusion/graph";
import { expect, it } from "vitest";
import { reading, TestNode } from "../testing.ts";

const guide = readFileSync(join(import.meta.dirname, "../../docs/guides/expressions.md"), "utf8");
const rows = [...guide.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| (?:`([^`]+)`|none) \|$/gm)].map(
  ([, expression, value, result]) => [expression!, value!, result] as const,
);

/** A value as the guide writes it: `2` an int64, `2.0` a float64. */
function readValue(text: string): MessageValue {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  return JSON.parse(text) as MessageValue;
}

it("the guide has its examples", () => {
  expect(rows.length).toBeGreaterThan(10);
});

it.each(rows)("%s of %s gives %s", (expression, value, result) => {
  const node = new TestNode("expr", { expression, onError: "drop" });
  const emissions = node.send(reading(readValue(value), { timestampNs: 1_700_000_000_000_000_000n }));
  expect(emissions.map(({ message }) => message.value)).toEqual(result === undefined ? [] : [readValue(result)]);
});
