// The text of typed builders: from a node's manifest to the function that a Pulumi program calls, so that its ports and
// properties are checked by the compiler.

import type { NodeManifest, PortSpec } from "@flowfusion/graph";

/** The keywords of JSON Schema that the manifests' properties use. */
interface PropSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number)[];
  readonly items?: PropSchema;
  readonly properties?: { readonly [name: string]: PropSchema };
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  /** With `else`: where the properties that `if` requires are given, those that `then` forbids may not be. */
  readonly if?: PropSchema;
  readonly then?: { readonly properties?: { readonly [name: string]: PropSchema | false } };
  readonly else?: PropSchema;
}

const reservedWords = new Set(["switch", "case", "default", "delete", "function", "if", "else", "in", "new", "return"]);

/** The builder of a built-in node. */
export function builtinBuilder(manifest: NodeManifest): string {
  const ports = `{ inputs: ${portLiteral(manifest.inputs)}, outputs: ${portLiteral(manifest.outputs)} }`;
  return builder(manifest, "NodeSpec", (props) => `nodeSpec("${manifest.name}", ${props ?? "{}"}, ${ports})`);
}

/** A file with the builder of a custom node; `wasm` is where a program finds its module. */
export function moduleBuilder(manifest: NodeManifest, wasm: string): string {
  const declared = { name: manifest.name, inputs: bare(manifest.inputs), outputs: bare(manifest.outputs) };
  return `// Written by \`flowfusion node types\` from the manifest of ${manifest.name} ${manifest.version}. Do not edit.

import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const make = ff.module(${JSON.stringify(declared, undefined, 2)}, new pulumi.asset.FileAsset(${JSON.stringify(wasm)}));

${builder(manifest, "ff.NodeSpec", (props) => `make(${props === undefined ? "" : `{ ...${props} }`})`)}
`;
}

const bare = (ports: readonly PortSpec[]) => ports.map(({ name, type }) => ({ name, type }));

/** `spec` spells the call that makes the node, from the name of its properties where it has any. */
function builder(manifest: NodeManifest, specType: string, spec: (props: string | undefined) => string): string {
  const name = camelCase(manifest.name);
  const typeName = name[0]!.toUpperCase() + name.slice(1);
  const schema = manifest.props as PropSchema;
  const hasProps = Object.keys(schema.properties ?? {}).length > 0;
  const variants = variantsOf(schema);
  const isOptional = variants.some(({ required }) => required.length === 0);
  const local = reservedWords.has(name) ? `${name}Node` : name;
  const parameter = hasProps ? `props: ${typeName}Props${isOptional ? " = {}" : ""}` : "";
  return [
    ...(hasProps
      ? [`/** Properties of {@link ${local}}. */\n${propsType(`${typeName}Props`, schema, variants.length > 1)}\n`]
      : []),
    jsDoc([manifest.doc, "", ...portDocs("Input", manifest.inputs), ...portDocs("Output", manifest.outputs)], ""),
    `${local === name ? "export " : ""}function ${local}(${parameter}): ${specType}<${portLiteral(manifest.inputs)}, ${portLiteral(manifest.outputs)}> {`,
    `  return ${spec(hasProps ? "props" : undefined)};`,
    "}",
    ...(local === name ? [] : [`export { ${local} as ${name} };`]),
  ].join("\n");
}

/** `{ in: "tag" }`, both a type and a value. */
function portLiteral(ports: readonly PortSpec[]): string {
  if (ports.length === 0) return "{}";
  return `{ ${ports.map(({ name, type }) => `${key(name)}: "${type}"`).join(", ")} }`;
}

function portDocs(role: string, ports: readonly PortSpec[]): string[] {
  return ports.map(({ name, type, doc }) => `- ${role} \`${name}\` (${type})${doc ? `: ${doc}` : ""}`);
}

function propsType(name: string, schema: PropSchema, isUnion: boolean): string {
  return isUnion
    ? `export type ${name} = ${objectType(schema, "")};`
    : `export interface ${name} ${objectType(schema, "")}`;
}

interface Variant {
  readonly required: readonly string[];
  readonly forbidden: readonly string[];
}

/** The ways in which properties may be given together; one, where the schema knows no `if`. */
function variantsOf(schema: PropSchema): Variant[] {
  const required = schema.required ?? [];
  const decisive = schema.if?.required;
  const others = schema.else?.required;
  if (decisive === undefined || others === undefined) return [{ required, forbidden: [] }];
  const excluded = Object.entries(schema.then?.properties ?? {}).filter(([, property]) => property === false);
  return [
    { required: [...required, ...others], forbidden: decisive },
    { required: [...required, ...decisive], forbidden: excluded.map(([name]) => name) },
  ];
}

function objectType(schema: PropSchema, indent: string): string {
  const variants = variantsOf(schema);
  return variants.map((variant) => variantType(schema, variant, indent)).join(" | ");
}

function variantType(schema: PropSchema, { required, forbidden }: Variant, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    if (forbidden.includes(name)) return `${inner}${key(name)}?: undefined;`;
    const optional = required.includes(name) ? "" : "?";
    const doc = [
      ...(property.description ? [property.description] : []),
      ...(property.default === undefined ? [] : [`Default: \`${JSON.stringify(property.default)}\`.`]),
    ];
    const comment = doc.length > 0 ? `${jsDoc([doc.join(" ")], inner)}\n` : "";
    return `${comment}${inner}${key(name)}${optional}: pulumi.Input<${valueType(property, inner)}>;`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function valueType(schema: PropSchema, indent: string): string {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const names = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  const types = names.map((name) => {
    if (name === "integer") return "number";
    if (name === "array") return `pulumi.Input<${valueType(schema.items ?? {}, indent)}>[]`;
    return name === "object" ? objectType(schema, indent) : name;
  });
  return types.join(" | ") || "unknown";
}

function jsDoc(lines: readonly string[], indent: string): string {
  if (lines.length === 1) return `${indent}/** ${lines[0]} */`;
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join("\n");
}

/** `rate_of_change` → `rateOfChange`. */
export const camelCase = (name: string): string =>
  name.replace(/[_-]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
