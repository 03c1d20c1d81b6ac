// The text of drivers and connections in a program, as a person would write it. Secrets are asked of the stack's configuration,
// since no gateway tells them.

import type { PropValue } from "@flowfusion/graph";
import { keyText, valueText, variable } from "./names-text.ts";

export interface WrittenDriver {
  readonly name: string;
  readonly kind: string;
  readonly config: PropValue;
  /** Absent: it runs. */
  readonly enabled?: boolean;
  /** Names of those that are set. */
  readonly secrets?: readonly string[];
}

export interface WrittenConnection {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  readonly username?: string;
  readonly tls?: { readonly [name: string]: PropValue };
  readonly secrets?: readonly string[];
}

const lineMax = 120;

export function driverText({ name, kind, config, enabled = true, secrets = [] }: WrittenDriver): string {
  return resourceText(`new ff.Driver(${JSON.stringify(name)}`, [
    ["kind", JSON.stringify(kind)],
    ["config", blockText(config, "  ")],
    ...(enabled ? [] : ([["enabled", "false"]] as const)),
    ...secretsOf(name, secrets),
  ]);
}

export function connectionText({ name, kind, url, username, tls, secrets = [] }: WrittenConnection): string {
  return resourceText(`const ${connectionVariable(name)} = new ff.Connection(${JSON.stringify(name)}`, [
    ["kind", JSON.stringify(kind)],
    ["url", JSON.stringify(url)],
    ...(username === undefined ? [] : ([["username", JSON.stringify(username)]] as const)),
    ...(tls === undefined ? [] : ([["tls", blockText(tls, "  ")]] as const)),
    ...secretsOf(name, secrets),
  ]);
}

/** Under which a connection stands in the program. */
export const connectionVariable = (name: string): string => variable(`${name}-connection`);

/** The keys of the stack's configuration that the secrets are asked of. */
export const secretKeys = ({ name, secrets = [] }: Pick<WrittenDriver, "name" | "secrets">): string[] =>
  secrets.map((secret) => variable(`${name}-${secret}`));

type Line = readonly [name: string, text: string];

const resourceText = (head: string, lines: readonly Line[]): string =>
  `${head}, {\n  gateway,\n${lines.map(([name, text]) => `  ${name}: ${text},`).join("\n")}\n});`;

function secretsOf(name: string, secrets: readonly string[]): Line[] {
  if (secrets.length === 0) return [];
  const asked = secrets.map((secret) => {
    // Headers are many, by name: an object as JSON.
    const ask = secret === "headers" ? "requireSecretObject<Record<string, string>>" : "requireSecret";
    return `${keyText(secret)}: config.${ask}(${JSON.stringify(variable(`${name}-${secret}`))})`;
  });
  return [["secrets", `{ ${asked.join(", ")} }`]];
}

/** On one line where that fits, else a line each. */
function blockText(value: PropValue, indent: string): string {
  const flat = valueText(value);
  if (typeof value !== "object" || value === null || indent.length + flat.length <= lineMax - 10) return flat;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => blockText(item as PropValue, inner))
    : Object.entries(value).map(([name, item]) => `${keyText(name)}: ${blockText(item as PropValue, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}${close}`;
}
