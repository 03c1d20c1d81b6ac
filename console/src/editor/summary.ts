// What a node's properties come to, in a line that fits into the node: "> 90", "avg 100", "boiler/+/temp".

import type { PropValue } from "@flowfusion/graph";
import type { Props } from "./draft.ts";

const charsMax = 60;

export function summaryOf(props: Props): string {
  const text = Object.values(props).flatMap(wordsOf).join(" ");
  return text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
}

function wordsOf(value: PropValue): string[] {
  if (value === null || value === "") return [];
  if (Array.isArray(value))
    return value.length > 2 ? [...value.slice(0, 2).flatMap(wordsOf), "…"] : value.flatMap(wordsOf);
  if (typeof value === "object") return Object.values(value).slice(0, 3).flatMap(wordsOf);
  return [String(value)];
}
