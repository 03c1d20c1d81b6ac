// Writes the table of functions in docs/guides/expressions.md: `node tools/docs/expressions.ts`.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ExpressionFunction, expressionFunctions } from "@flowfusion/fusion";

export const expressionGuidePath = join(dirname(dirname(import.meta.dirname)), "docs/guides/expressions.md");

const generated = /(<!-- Generated from [^\n]*-->\n)[\s\S]*?(<!-- \/Generated -->)/;

/** The guide with the table as it should be. */
export function withFunctionTable(guide: string): string {
  const rows = expressionFunctions.map((entry) => `| ${forms(entry)} | ${entry.doc} |`);
  const table = ["", "| function | what it gives |", "|---|---|", ...rows, "", ""].join("\n");
  return guide.replace(generated, (_, begin: string, end: string) => `${begin}${table}${end}`);
}

function forms({ name, overloads, isVariadic }: ExpressionFunction): string {
  const texts = overloads.map(({ params, result }) => {
    const shown = isVariadic ? [params[0], "…"] : params;
    if (!name.startsWith(".")) return `\`${name}(${shown.join(", ")})\` → ${result}`;
    return `\`${shown[0]}${name}(${shown.slice(1).join(", ")})\` → ${result}`;
  });
  return texts.join("<br>");
}

if (import.meta.main) {
  writeFileSync(expressionGuidePath, withFunctionTable(readFileSync(expressionGuidePath, "utf8")));
}
