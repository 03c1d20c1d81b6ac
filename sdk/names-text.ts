// Names and values as TypeScript writes them.

import type { PropValue } from "@flowfusion/graph";
import { camelCase } from "./builders.ts";

export function valueText(value: PropValue): string {
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item as PropValue)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, item]) => `${keyText(name)}: ${valueText(item as PropValue)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

const isIdentifier = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name);
export const keyText = (name: string): string => (isIdentifier(name) ? name : JSON.stringify(name));
export const accessText = (name: string): string => (isIdentifier(name) ? `.${name}` : `[${JSON.stringify(name)}]`);
export const variable = (name: string): string => {
  const camel = camelCase(name);
  return reserved.has(camel) ? `${camel}Flow` : camel;
};

/** Names that cannot be declared, or that the program uses itself. */
const reserved = new Set(
  "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield config ff gateway pulumi".split(
    " ",
  ),
);
