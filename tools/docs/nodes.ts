// Writes docs/reference/nodes: a page and a picture of each built-in node, from its manifest and its examples, and a list
// of all: `node tools/docs/nodes.ts`.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JsonSchema, MessageValue, NodeManifest, PortSpec, PropValue } from "@flowfusion/graph";
import { type Emitted, type Example, type ExampleRow, examplesOf } from "@flowfusion/nodes/examples";
import { portPicture } from "./port-picture.ts";

export const nodePagesFolder = "docs/reference/nodes";

const root = dirname(dirname(import.meta.dirname));
/** Longer lists of choices get a section of their own. */
const choicesInTableMax = 20;

/** File name → content, for every file of the folder. */
export function nodePages(): ReadonlyMap<string, string> {
  const manifests = readManifests();
  return new Map([
    ["README.md", listPage(manifests)],
    ...manifests.flatMap((manifest): [string, string][] => [
      [`${manifest.name}.md`, page(manifest, examplesOf(manifest.name))],
      [`${manifest.name}.svg`, portPicture(manifest)],
    ]),
  ]);
}

function readManifests(): NodeManifest[] {
  const folders = readdirSync(join(root, "nodes")).sort();
  const files = folders
    .map((folder) => join(root, "nodes", folder, "manifest.json"))
    .filter((file) => existsSync(file));
  return files.map((file) => JSON.parse(readFileSync(file, "utf8")) as NodeManifest);
}

function listPage(manifests: readonly NodeManifest[]): string {
  const roles: [title: string, isIn: (manifest: NodeManifest) => boolean][] = [
    ["Where messages come from", ({ inputs, delivers }) => inputs.length === 0 && !delivers],
    ["What happens to them", ({ inputs, delivers }) => inputs.length > 0 && !delivers],
    ["Where they go", ({ delivers }) => delivers !== undefined],
  ];
  return [
    "# Nodes",
    "",
    "Every built-in node, with its ports, properties and examples. Nodes of your own keep",
    "[the same contract](../../architecture/node-contract.md).",
    "",
    generatedFrom,
    ...roles.flatMap(([title, isIn]) => [
      "",
      `## ${title}`,
      "",
      "| node | what it does |",
      "|---|---|",
      ...manifests.filter(isIn).map(({ name, doc }) => `| [${name}](${name}.md) | ${cell(firstSentence(doc))} |`),
    ]),
    "",
  ].join("\n");
}

function page(manifest: NodeManifest, examples: readonly Example[]): string {
  const { name, doc, inputs, outputs, props, stateVersion } = manifest;
  const state =
    stateVersion === 0
      ? "It keeps no state."
      : `Its state, version ${stateVersion}, is saved and carried over swaps${acceptedFrom(manifest)}.`;
  return [
    `# ${name}`,
    "",
    `![Ports of ${name}](${name}.svg)`,
    "",
    doc,
    "",
    `Version ${manifest.version}. ${state}`,
    "",
    generatedFrom,
    ...portTable("Inputs", inputs),
    ...portTable("Outputs", outputs),
    ...propertyTable(props),
    ...(examples.length === 0 ? [] : ["", "## Examples"]),
    ...examples.flatMap((example) => exampleSection(example, manifest)),
    "",
  ].join("\n");
}

const generatedFrom = "<!-- Generated from the nodes' manifests and examples by tools/docs/nodes.ts -->";

const acceptedFrom = ({ stateVersion, acceptsStateFrom = stateVersion }: NodeManifest): string =>
  acceptsStateFrom === stateVersion ? "" : `; versions from ${acceptsStateFrom} on are taken over`;

function portTable(title: string, ports: readonly PortSpec[]): string[] {
  if (ports.length === 0) return [];
  const rows = ports.map(
    ({ name, type, doc = "", optional }) => `| \`${name}\` | ${type}${optional ? ", optional" : ""} | ${cell(doc)} |`,
  );
  return ["", `## ${title}`, "", "| port | type |  |", "|---|---|---|", ...rows];
}

function propertyTable(schema: JsonSchema): string[] {
  const properties = [...propertiesOf(schema, "")];
  if (properties.length === 0) return [];
  const rows = properties.map(({ path, property, isRequired }) => {
    const fallback = property.default === undefined ? (isRequired ? "required" : "") : code(property.default);
    return `| \`${path}\` | ${cell(typeText(property))} | ${fallback} | ${cell(String(property.description ?? ""))} |`;
  });
  const long = properties.filter(({ property }) => choicesOf(property).length > choicesInTableMax);
  const [first] = long;
  return [
    "",
    "## Properties",
    "",
    "| property | type | default |  |",
    "|---|---|---|---|",
    ...rows,
    ...(first === undefined
      ? []
      : [
          "",
          `### Values of ${long.map(({ path }) => `\`${path}\``).join(" and ")}`,
          "",
          ...choiceGroups(schema, first.path),
        ]),
  ];
}

interface Property {
  readonly path: string;
  readonly property: JsonSchema;
  readonly isRequired: boolean;
}

/** The properties of an object and of the objects in it; those of a list's items as `cases[].op`. */
function* propertiesOf(schema: JsonSchema, prefix: string): Generator<Property> {
  const required = (schema.required ?? []) as readonly string[];
  for (const [name, value] of Object.entries((schema.properties ?? {}) as { [name: string]: JsonSchema })) {
    const path = prefix + name;
    yield { path, property: value, isRequired: required.includes(name) };
    yield* propertiesOf(value, `${path}.`);
    if (value.items !== undefined) yield* propertiesOf(value.items as JsonSchema, `${path}[].`);
  }
}

function typeText(schema: JsonSchema): string {
  const choices = choicesOf(schema);
  if (choices.length > choicesInTableMax) return `one of ${choices.length}, see below`;
  if (choices.length > 0) return choices.map(code).join(", ");
  const type = [schema.type].flat().join(" or ");
  const items = schema.items === undefined ? "" : ` of ${typeText(schema.items as JsonSchema)}`;
  const values = schema.additionalProperties;
  const entries = typeof values === "object" ? ` of ${typeText(values as JsonSchema)}` : "";
  return `${type}${items}${entries}${bounds(schema)}`;
}

function bounds({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined && maximum === undefined) return "";
  if (maximum === undefined) return `, at least ${grouped(minimum)}`;
  return minimum === undefined ? `, at most ${grouped(maximum)}` : `, ${grouped(minimum)} to ${grouped(maximum)}`;
}

const choicesOf = (schema: JsonSchema): readonly PropValue[] => (schema.enum ?? []) as readonly PropValue[];

/** One line for each group that the schema's conditions speak of: values that go together. */
function choiceGroups(schema: JsonSchema, path: string): string[] {
  const conditions = (schema.allOf ?? []) as readonly { readonly if?: { readonly properties?: JsonSchema } }[];
  const groups = conditions.map((rule) => choicesOf((rule.if?.properties?.[path] ?? {}) as JsonSchema));
  return groups.map((group) => `- ${group.map(code).join(", ")}`);
}

function exampleSection({ title, text, props, rows }: Example, { inputs, outputs }: NodeManifest): string[] {
  const showsPort = inputs.length > 1;
  const showsTag = rows.some((row) => row.tag !== undefined || row.out?.some(({ tag }) => tag !== undefined));
  const columns = ["time, ms", ...(showsPort ? ["port"] : []), ...(showsTag ? ["tag"] : []), "comes in", "goes out"];
  const first = inputs[0]?.name ?? "";
  const lines = rows.map((row) => {
    const port = row.tick ? "" : `\`${row.in ?? first}\``;
    const tag = row.tick ? "" : `\`${row.tag ?? "line/1"}\``;
    const cells = [
      grouped(row.ms),
      ...(showsPort ? [port] : []),
      ...(showsTag ? [tag] : []),
      row.tick ? "*tick*" : valueText(row.value ?? null, row.quality),
      (row.out ?? []).map((emitted) => emittedText(emitted, row, outputs, showsTag)).join("<br>"),
    ];
    return `| ${cells.map(cell).join(" | ")} |`;
  });
  const propsText = Object.keys(props).length === 0 ? [] : ["", "```json", JSON.stringify(props), "```"];
  return [
    "",
    `### ${title}`,
    ...(text === undefined ? [] : ["", text]),
    ...propsText,
    "",
    `| ${columns.join(" | ")} |`,
    `|${columns.map(() => "---").join("|")}|`,
    ...lines,
  ];
}

function emittedText(emitted: Emitted, row: ExampleRow, outputs: readonly PortSpec[], showsTag: boolean): string {
  const { ms = row.ms, port = outputs[0]?.name, tag } = emitted;
  const from = outputs.length > 1 ? `\`${port}\`: ` : "";
  const under = showsTag && tag !== undefined && tag !== row.tag ? ` under \`${tag}\`` : "";
  const at = ms === row.ms ? "" : ` at ${grouped(ms)}`;
  return `${from}${valueText(emitted.value, emitted.quality)}${under}${at}`;
}

function valueText(value: MessageValue, quality: string | undefined): string {
  const text = typeof value === "string" ? `\`${value}\`` : String(value);
  return quality === undefined || quality === "good" ? text : `${text}, ${quality}`;
}

const firstSentence = (text: string): string => /^.*?[.:](?= |$)/.exec(text)![0].replace(/:$/, ".");
const grouped = (value: PropValue | undefined): string =>
  Number(value).toLocaleString("en-US", { maximumFractionDigits: 20 });
const code = (value: PropValue): string => `\`${JSON.stringify(value)}\``;
const cell = (text: string): string => text.replaceAll("|", "\\|");

if (import.meta.main) {
  const folder = join(root, nodePagesFolder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of nodePages()) writeFileSync(join(folder, file), content);
}
