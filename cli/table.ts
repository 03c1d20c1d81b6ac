// Columns of text for people. A terminal gives some characters two columns, and some none.

import stringWidth from "string-width";
import { inLine } from "./printable.ts";

export type Cell = string | number;

/**
 * Lines with the cells one below the other, numbers to the right, and so the columns `rightColumns`. The first row is the
 * heading. A text in a cell is no more than that, whoever wrote it: it moves no cursor.
 */
export function tableLines(given: readonly (readonly Cell[])[], rightColumns: readonly number[] = []): string[] {
  const rows = given.map((row) => row.map((cell) => (typeof cell === "string" ? inLine(cell) : cell)));
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, stringWidth(String(cell)))),
    [],
  );
  const isRight = widths.map(
    (_, column) => rightColumns.includes(column) || rows.slice(1).some((row) => typeof row[column] === "number"),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const text = String(cell);
        const padding = " ".repeat(widths[column]! - stringWidth(text));
        return isRight[column] ? padding + text : text + padding;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** A heading and what stands under it, indented. */
export const section = (heading: string, lines: readonly string[]): string[] => [
  heading,
  ...lines.map((line) => `  ${line}`),
];
