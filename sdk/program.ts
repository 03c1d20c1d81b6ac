// The text of a Pulumi program that declares a flow, as a person would write it: builders by their names, properties that
// have their default left out, wires drawn with handles. It makes the flow that it was written from.

import {
  type CanonicalGraph,
  type CanonicalNode,
  type ModuleDescriptions,
  type PropValue,
  wireKey,
} from "@flowfusion/graph";
import { camelCase } from "./builders.ts";

export { programDependencies } from "./version.ts";

export interface ProgramOptions {
  /** The flow's name on the gateway; the resource gets the same. */
  readonly name: string;
  readonly graph: CanonicalGraph;
  /** The built-in nodes; others are brought as modules of the user's own. */
  readonly builtins: ModuleDescriptions;
}

/** A graph as it is written down. */
export interface WrittenGraph {
  readonly nodes: readonly WrittenNode[];
  /** Keys of the wires, `a.out -> b.in`. */
  readonly wires: readonly string[];
  /** Ports of a sub-flow by name, as `node.port`. */
  readonly inputs?: { readonly [name: string]: string };
  readonly outputs?: { readonly [name: string]: string };
}

export interface WrittenNode {
  readonly id: string;
  /** A call of a builder, or the name of a sub-flow. */
  readonly text: string;
  /** Lines before it. */
  readonly comments?: readonly string[];
}

export interface ProgramParts {
  /** Statements before the flows: modules, sub-flows, drivers. */
  readonly statements: readonly string[];
  readonly flows: readonly {
    readonly name: string;
    readonly graph: WrittenGraph;
    readonly comments?: readonly string[];
  }[];
}

/** Node types that are not built in, whose modules the program expects as files beside it. */
export function customTypes({ graph, builtins }: Pick<ProgramOptions, "graph" | "builtins">): string[] {
  return [...new Set(graph.nodes.map(({ type }) => type))].filter((type) => !builtins.has(type)).sort();
}

/** The program of one flow that is known as a whole. */
export function flowProgram({ name, graph, builtins }: ProgramOptions): string {
  const statements = customTypes({ graph, builtins }).map((type) =>
    moduleText(graph.nodes.find((node) => node.type === type)!),
  );
  const nodes = graph.nodes.map((node) => ({ id: node.id, text: nodeText(node, builtins) }));
  return programText({ statements, flows: [{ name, graph: { nodes, wires: graph.wires.map(wireKey) } }] });
}

export function programText({ statements, flows }: ProgramParts): string {
  const gateway = `{ endpoint: config.require("endpoint"), token: config.requireSecret("token") }`;
  const isShared = flows.length > 1 || statements.some((text) => /\bgateway\b/.test(text));
  return `import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
${isShared ? `const gateway = ${gateway};\n` : ""}${statements.map((text) => `\n${text}\n`).join("")}${flows
  .map(
    ({ name, graph, comments = [] }) => `
${commentText(comments, "")}export const ${variable(name)} = new ff.Flow("${name}", {
  ${isShared ? "gateway" : `gateway: ${gateway}`},
${graphText(graph)}
});
`,
  )
  .join("")}`;
}

/** A sub-flow, to be named in other graphs. */
export function subflowText(name: string, graph: WrittenGraph, comments: readonly string[] = []): string {
  return `${commentText(comments, "")}const ${name} = ff.graph({\n${graphText(graph)}\n});`;
}

function graphText({ nodes, wires, inputs = {}, outputs = {} }: WrittenGraph): string {
  const entries = nodes.map(
    ({ id, text, comments = [] }) => `${commentText(comments, "    ")}    ${key(id)}: ${text},`,
  );
  const faces = ([name, ports]: readonly [string, { readonly [name: string]: string }]) => {
    const members = Object.entries(ports).map(
      ([face, port]) => `${key(face)}: n${port.split(".").map(access).join("")}`,
    );
    return members.length === 0 ? [] : [`  ${name}: (n) => ({ ${members.join(", ")} }),`];
  };
  return [
    `  nodes: {\n${entries.join("\n")}\n  },`,
    wires.length === 0
      ? "  wires: () => [],"
      : `  wires: (n) => [\n${wires.map((wire) => `    ${wireText(wire)},`).join("\n")}\n  ],`,
    ...faces(["inputs", inputs]),
    ...faces(["outputs", outputs]),
  ].join("\n");
}

const commentText = (lines: readonly string[], indent: string): string =>
  lines.map((line) => `${indent}// ${line}`.trimEnd().concat("\n")).join("");

function moduleText({ type, inputs, outputs }: CanonicalNode): string {
  const ports = (all: CanonicalNode["inputs"]) =>
    `[${all.map((port) => `{ name: ${JSON.stringify(port.name)}, type: ${JSON.stringify(port.type)} }`).join(", ")}]`;
  return `const ${variable(type)} = ff.module(
  { name: ${JSON.stringify(type)}, inputs: ${ports(inputs)}, outputs: ${ports(outputs)} },
  new pulumi.asset.FileAsset(${JSON.stringify(`${type}.wasm`)}),
);`;
}

/** The call that makes a node, what it has by default left out. */
export function nodeText({ type, props }: Pick<CanonicalNode, "type" | "props">, builtins: ModuleDescriptions): string {
  const module = builtins.get(type);
  const defaults = (module?.manifest.props.properties ?? {}) as {
    readonly [name: string]: { readonly default?: unknown };
  };
  const chosen = Object.entries(props).filter(
    ([name, value]) => sortedText(value) !== sortedText(defaults[name]?.default),
  );
  const text = chosen.length === 0 ? "" : valueText(Object.fromEntries(chosen));
  // Builders of nodes of the user's own take an object even where there is nothing in it.
  if (module === undefined) return `${variable(type)}(${text || "{}"})`;
  return `ff.${camelCase(type)}(${text})`;
}

/** `a.out -> b.in` as `n.a.out.to(n.b.in)`. */
function wireText(wire: string): string {
  const [source, target] = wire.split(" -> ").map((end) => {
    const [node, port] = end.split(".") as [string, string];
    return `n${access(node)}${access(port)}`;
  });
  return `${source}.to(${target})`;
}

export function valueText(value: PropValue): string {
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item as PropValue)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, item]) => `${key(name)}: ${valueText(item as PropValue)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** The same text for equal values, in whatever order their keys are. */
const sortedText = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort())
      : part,
  );

const isIdentifier = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name);
const key = (name: string): string => (isIdentifier(name) ? name : JSON.stringify(name));
const access = (name: string): string => (isIdentifier(name) ? `.${name}` : `[${JSON.stringify(name)}]`);
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
