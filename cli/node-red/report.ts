// What became of an export, for people.

import { tableLines } from "../table.ts";
import type { Conversion } from "./convert.ts";
import type { Fate, Finding } from "./draft.ts";

/** How many nodes of Node-RED became what. */
export function countsOf(findings: readonly Finding[]): { readonly [Name in Fate]: number } {
  const count = (fate: Fate) => findings.filter((finding) => finding.fate === fate).length;
  return { mapped: count("mapped"), different: count("different"), todo: count("todo"), "left out": count("left out") };
}

export function reportLines({ flows, findings, notes }: Conversion): string[] {
  const counts = countsOf(findings);
  const total = findings.length;
  return [
    `${total} nodes of Node-RED: ${counts.mapped + counts.different} taken over, ${counts.todo} to do, ${counts["left out"]} left out.`,
    ...flows.map(
      ({ name, tabs, nodes }) => `  flow ${name}: ${nodes} nodes, from ${tabs.map((tab) => `"${tab}"`).join(" and ")}`,
    ),
    ...part("To do: each is marked TODO in the program, and lets nothing pass until it is written", "todo", findings),
    ...part("Different from Node-RED", "different", findings),
    ...part("Left out", "left out", findings),
    ...(notes.length === 0 ? [] : ["", "Good to know:", ...notes.map((note) => `  ${note}`)]),
  ];
}

function part(title: string, fate: Fate, findings: readonly Finding[]): string[] {
  const rows = findings
    .filter((finding) => finding.fate === fate)
    .flatMap(({ tab, id, type, name, reasons }) =>
      reasons.map((reason, index) => (index === 0 ? [tab, type, name || id, reason] : ["", "", "", reason])),
    );
  return rows.length === 0 ? [] : ["", `${title}:`, ...tableLines(rows).map((line) => `  ${line}`)];
}
