// Changes of flows as Markdown, for a comment on a pull request. Pure.

import type { Change, FlowPlan, PartPlan, PropertyChange } from "./plan.ts";

const marks: { readonly [change in Change]: string } = { create: "+", update: "~", delete: "−", replace: "±" };
const valueCharactersMax = 120;

export function markdownOf(flows: readonly FlowPlan[]): string {
  if (flows.length === 0) return "### Flow Fusion\n\nNo flow changes.\n";
  const heading = `### Flow Fusion: ${flows.length} ${flows.length === 1 ? "flow changes" : "flows change"}`;
  return `${[heading, ...flows.map(flowText)].join("\n\n")}\n`;
}

function flowText({ name, change, properties = [], parts, notes }: FlowPlan): string {
  const itself =
    properties.length > 0 ? [`| ${marks[change]} | the flow | ${properties.map(propertyText).join("<br>")} |`] : [];
  const rows = [...itself, ...parts.map(partRow)];
  return [
    `#### ${marks[change]} ${code(name)}`,
    ...(rows.length > 0 ? [["| | what | change |", "|---|---|---|", ...rows].join("\n")] : []),
    ...notes.map((note) => `\`\`\`text\n${note}\n\`\`\``),
  ].join("\n\n");
}

function partRow({ kind, name, change, properties }: PartPlan): string {
  return `| ${marks[change]} | ${kind} ${code(cell(name))} | ${properties.map(propertyText).join("<br>")} |`;
}

function propertyText({ path, before, after }: PropertyChange): string {
  return `${code(cell(path))} ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: unknown): string {
  if (value === undefined) return "none";
  const text = JSON.stringify(value);
  return code(cell(text.length > valueCharactersMax ? `${text.slice(0, valueCharactersMax)}…` : text));
}

/** Backticks that are longer than any inside. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
