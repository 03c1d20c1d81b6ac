// What a driver's form holds, as the gateway takes it, and what the gateway says of it at its fields. Pure.

import { type Diagnostic, isFlowName, splitPath } from "@flowfusion/graph";
import type { Problem } from "../../editor/index.ts";

/** Names of drivers and connections follow the rule of flows. */
export const isName = isFlowName;

/** `config.tags[0].address: …` is told at that field; what is about no field of the configuration has no place. */
export const configProblem = ({ code, path, message }: Pick<Diagnostic, "code" | "path" | "message">): Problem => {
  const [area, ...place] = splitPath(path);
  return area === "config" ? { code, message, place } : { code, message };
};

/** Those that were typed in, and null for those that are to go. What is left empty stays as it is. */
export function secretsToSend(
  typed: Readonly<Record<string, string>>,
  forgotten: ReadonlySet<string>,
): Record<string, string | null> {
  const given = Object.entries(typed).filter(([, value]) => value !== "");
  return { ...Object.fromEntries([...forgotten].map((name) => [name, null])), ...Object.fromEntries(given) };
}
