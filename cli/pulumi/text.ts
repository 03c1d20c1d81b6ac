// Changes of flows as lines for a terminal. Pure.

import type { Change, FlowPlan, PropertyChange } from "./plan.ts";

const marks: { readonly [change in Change]: string } = { create: "+", update: "~", delete: "-", replace: "±" };

export function planLines(flows: readonly FlowPlan[]): string[] {
  return flows.flatMap(({ name, change, properties = [], parts, notes }) => [
    `${marks[change]} flow ${name}`,
    ...properties.map((property) => `    ${propertyText(property)}`),
    ...parts.flatMap((part) => [
      `  ${marks[part.change]} ${part.kind} ${part.name}`,
      ...part.properties.map((property) => `      ${propertyText(property)}`),
    ]),
    ...notes.flatMap((note) => note.split("\n").map((line) => `  ${line}`)),
  ]);
}

function propertyText({ path, before, after }: PropertyChange): string {
  const text = (value: unknown) => (value === undefined ? "none" : JSON.stringify(value));
  return `${path}: ${text(before)} → ${text(after)}`;
}
