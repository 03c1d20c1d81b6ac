// Writes docs/reference/drivers: a page for each kind of driver, from the schema of its configuration, and a list of all:
// `node tools/docs/drivers.ts`.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { driverKinds } from "@flowfusion/driver-catalog";
import type { DriverKind, SchemaKeywords } from "@flowfusion/driver-kit";

export const driverPagesFolder = "docs/reference/drivers";

const generatedFrom = "<!-- Generated from the driver's kind.ts by tools/docs/drivers.ts -->";

/** File name → content, for every file of the folder. */
export function driverPages(): ReadonlyMap<string, string> {
  const kinds = [...driverKinds.values()];
  return new Map([
    ["README.md", listPage(kinds)],
    ...kinds.map((kind): [string, string] => [`${kind.kind}.md`, page(kind)]),
  ]);
}

function listPage(kinds: readonly DriverKind[]): string {
  return [
    "# Drivers",
    "",
    "What reads devices for a gateway. Each driver is a process of its own, declared with `flowfusion driver put` or",
    "`PUT /v1/drivers/{name}`. What they have in common is in [the overview](../../architecture/drivers.md).",
    "",
    generatedFrom,
    "",
    "| kind | what it does |",
    "|---|---|",
    ...kinds.map(({ kind, summary }) => `| [${kind}](${kind}.md) | ${summary} |`),
    "",
  ].join("\n");
}

function page({ kind, summary, config, secrets, example }: DriverKind): string {
  const named = Object.entries(secrets);
  return [
    `# ${kind}`,
    "",
    summary,
    "",
    generatedFrom,
    "",
    "## Configuration",
    "",
    ...tables(config),
    ...(named.length === 0
      ? []
      : [
          "## Secrets",
          "",
          "| secret | |",
          "|---|---|",
          ...named.map(([name, what]) => `| \`${name}\` | ${what} |`),
          "",
        ]),
    "## Example",
    "",
    "```json",
    JSON.stringify(example, null, 2),
    "```",
    "",
  ].join("\n");
}

/** The table of an object, then those of the objects in it. */
function tables(schema: SchemaKeywords, title?: string): string[] {
  const properties = Object.entries(schema.properties ?? {});
  const rows = properties.map(([name, property]) => {
    const isRequired = schema.required?.includes(name) === true;
    const fallback = property.default === undefined ? (isRequired ? "required" : "") : code(property.default);
    return `| \`${name}\` | ${cell(typeOf(property))} | ${cell(fallback)} | ${cell(property.description ?? "")} |`;
  });
  const inner = properties.flatMap(([name, property]) => innerTables(name, property, title));
  return [
    ...(title === undefined ? [] : [`### ${title}`, ""]),
    ...["| property | type | default | |", "|---|---|---|---|", ...rows, ""],
    ...inner,
  ];
}

function innerTables(name: string, property: SchemaKeywords, within: string | undefined): string[] {
  const path = within === undefined ? name : `${within}.${name}`;
  if (property.type === "object") return tables(property, path);
  const { items } = property;
  if (items?.type === "object") return tables(items, `${path}[]`);
  return (items?.oneOf ?? []).flatMap((shape) => tables(shape, `${path}[] of format ${fixedIn(shape)}`));
}

const fixedIn = ({ properties = {} }: SchemaKeywords): string =>
  Object.values(properties).find((property) => property.const !== undefined)?.const ?? "";

function typeOf(schema: SchemaKeywords): string {
  const { type, minimum, maximum, items, minItems = 0, maxItems } = schema;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (type === "array") return `list of ${items?.type === "string" ? "text" : "objects"}, ${minItems} to ${maxItems}`;
  if (type === "integer" || type === "number") {
    const range = minimum === undefined && maximum === undefined ? "" : `, ${minimum ?? "…"} to ${maximum ?? "…"}`;
    return `${type === "integer" ? "whole number" : "number"}${range}`;
  }
  return type === "string" ? "text" : type === "boolean" ? "true or false" : "object";
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;
const cell = (text: string): string => text.replaceAll("|", "\\|");

if (import.meta.main) {
  const folder = join(dirname(dirname(import.meta.dirname)), driverPagesFolder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of driverPages()) writeFileSync(join(folder, name), content);
}
