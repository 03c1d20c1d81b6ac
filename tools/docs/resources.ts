// Writes docs/reference/resources from schema.json: a page for each resource and function that a program may use, and a list of
// all: `node tools/docs/resources.ts`.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import schema from "../../schema.json" with { type: "json" };

export const resourcePagesFolder = "docs/reference/resources";

const generatedFrom = "<!-- Generated from schema.json by tools/docs/resources.ts -->";

interface Property {
  readonly type?: string;
  readonly const?: string;
  readonly description?: string;
  readonly secret?: boolean;
  readonly replaceOnChanges?: boolean;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
  readonly oneOf?: readonly Property[];
}
interface ObjectType {
  readonly description?: string;
  readonly properties: { readonly [name: string]: Property };
  readonly required?: readonly string[];
}
interface ResourceType extends ObjectType {
  /** Consists of other resources, and has no inputs among its outputs. */
  readonly isComponent?: boolean;
  readonly description: string;
  readonly inputProperties?: ObjectType["properties"];
  readonly requiredInputs?: readonly string[];
}
interface FunctionType {
  readonly description: string;
  readonly inputs: ObjectType;
  readonly outputs: ObjectType;
}

const types = schema.types as unknown as { readonly [token: string]: ObjectType };
const resources = schema.resources as unknown as { readonly [token: string]: ResourceType };
const functions = schema.functions as unknown as { readonly [token: string]: FunctionType };

/** File name → content, for every file of the folder. */
export function resourcePages(): ReadonlyMap<string, string> {
  const made = Object.entries(resources).filter(([, { inputProperties }]) => inputProperties !== undefined);
  return new Map([
    ["README.md", listPage(made)],
    ...made.map(([token, resource]): [string, string] => [`${nameOf(token)}.md`, resourcePage(token, resource)]),
    ["functions.md", functionsPage()],
  ]);
}

function listPage(made: readonly (readonly [string, ResourceType])[]): string {
  return [
    "# Resources and functions",
    "",
    "What a Pulumi program declares, in any of Pulumi's languages. In TypeScript they are classes and functions of `@flowfusion/sdk`,",
    "which also types what a schema cannot: the ports of nodes, and the configuration of each kind of driver.",
    "",
    generatedFrom,
    "",
    "| | |",
    "|---|---|",
    ...made.map(
      ([token, { description }]) => `| [${nameOf(token)}](${nameOf(token)}.md) | ${cell(summaryOf(description))} |`,
    ),
    "| [Functions](functions.md) | What a program asks gateways. |",
    "",
  ].join("\n");
}

function resourcePage(
  token: string,
  { description, inputProperties = {}, requiredInputs, isComponent = false, ...rest }: ResourceType,
): string {
  const outputs = Object.entries(rest.properties).filter(
    ([name, { description: text }]) => inputProperties[name]?.description !== text,
  );
  return [
    `# ${nameOf(token)}`,
    "",
    textOf(description),
    "",
    generatedFrom,
    "",
    "## Inputs",
    "",
    ...table(inputProperties, requiredInputs, "A change replaces it. "),
    "",
    "## Outputs",
    "",
    ...(isComponent ? [] : ["Beside the inputs:", ""]),
    ...table(Object.fromEntries(outputs)),
    ...exampleOf(description),
    ...typeSections([inputProperties, rest.properties]),
  ].join("\n");
}

function functionsPage(): string {
  const sections = Object.entries(functions).flatMap(([token, { description, inputs, outputs }]) => [
    `## ${nameOf(token)}`,
    "",
    description,
    "",
    "Arguments:",
    "",
    ...table(inputs.properties, inputs.required),
    "",
    "Result:",
    "",
    ...table(outputs.properties, outputs.required),
    "",
  ]);
  const all = Object.values(functions).flatMap(({ inputs, outputs }) => [inputs.properties, outputs.properties]);
  return [
    "# Functions",
    "",
    "In TypeScript each has two forms: `getFlow` for plain values, and `getFlowOutput` for outputs of resources.",
    "",
    generatedFrom,
    "",
    ...sections.slice(0, -1),
    ...typeSections(all),
  ].join("\n");
}

function table(properties: ObjectType["properties"], required: readonly string[] = [], replaces = ""): string[] {
  const rows = Object.entries(properties).map(([name, property]) => {
    const marks = `${property.replaceOnChanges ? replaces : ""}${property.secret ? "Secret. " : ""}`;
    const isRequired = required.includes(name) ? "required" : "";
    return `| \`${name}\` | ${typeText(property)} | ${isRequired} | ${cell(`${marks}${property.description ?? ""}`.trim())} |`;
  });
  return ["| property | type | | |", "|---|---|---|---|", ...rows];
}

/** The types that properties refer to, and those within, each once. */
function typeSections(roots: readonly ObjectType["properties"][]): string[] {
  const found = new Set<string>();
  const visit = (properties: ObjectType["properties"]): void => {
    for (const ref of Object.values(properties).flatMap(refsOf)) {
      if (found.has(ref)) continue;
      found.add(ref);
      visit(types[ref]!.properties);
    }
  };
  for (const properties of roots) visit(properties);
  const sections = [...found].flatMap((token) => {
    const { description, properties, required } = types[token]!;
    const body = Object.keys(properties).length === 0 ? [] : ["", ...table(properties, required)];
    return [`### ${nameOf(token)}`, "", description ?? "", ...body, ""];
  });
  return found.size === 0 ? [""] : ["", "## Types", "", ...sections];
}

function refsOf({ $ref = "", items, additionalProperties, oneOf = [] }: Property): string[] {
  const inner = [items, additionalProperties, ...oneOf].filter((one) => one !== undefined).flatMap(refsOf);
  return $ref.startsWith("#/types/") ? [$ref.slice("#/types/".length), ...inner] : inner;
}

function typeText(property: Property): string {
  const { type, $ref, items, additionalProperties, oneOf } = property;
  if (property.const !== undefined) return `\`"${property.const}"\``;
  if (oneOf !== undefined) return oneOf.map(typeText).join(" or ");
  if ($ref !== undefined) {
    const name = nameOf($ref);
    return $ref.startsWith("#/types/") ? `[${name}](#${name.toLowerCase()})` : name.replace(/^.*\//, "").toLowerCase();
  }
  if (type === "array") return `list of ${typeText(items ?? {})}`;
  if (type === "object") return `map to ${typeText(additionalProperties ?? {})}`;
  return { string: "text", integer: "whole number", number: "number", boolean: "true or false" }[type ?? ""] ?? "any";
}

const nameOf = (token: string): string => token.split(":").at(-1)!;
const textOf = (description: string): string => description.split("\n\n{{%")[0]!;
const summaryOf = (description: string): string =>
  /^.*?[.:](?= |$)/.exec(textOf(description))?.[0].replace(/:$/, ".") ?? "";
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function exampleOf(description: string): string[] {
  const blocks = [...description.matchAll(/^```\w+\n[\s\S]*?^```$/gm)].map(([block]) => block);
  return blocks.length === 0 ? [] : ["", "## Example", "", blocks.join("\n\n")];
}

if (import.meta.main) {
  const folder = join(dirname(dirname(import.meta.dirname)), resourcePagesFolder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of resourcePages()) writeFileSync(join(folder, name), content);
}
