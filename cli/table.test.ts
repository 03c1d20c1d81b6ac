import { expect, it } from "vitest";
import { tableLines } from "./table.ts";

it("lines cells up by the columns that a terminal gives them, also of wide characters, emoji and accents put together", () => {
  const rows = [
    ["node", "count"],
    ["锅炉温度", 5],
    ["🔥 kiln", 12],
    ["Mu\u0308hle", 7],
    ["plain", 100],
  ];
  expect(tableLines(rows)).toEqual([
    "node      count",
    "锅炉温度      5",
    "🔥 kiln      12",
    "Mu\u0308hle         7",
    "plain       100",
  ]);
});
