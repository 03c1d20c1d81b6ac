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
import { accessText, keyText, valueText, variable } from "./names-text.ts";
import {
  connectionText,
  connectionVariable,
  driverText,
  type WrittenConnection,
  type WrittenDriver,
} from "./plant-text.ts";
import { inReadingOrder } from "./reading-order.ts";

export { valueText, variable } from "./names-text.ts";
export { driverText, secretKeys, type WrittenConnection, type WrittenDriver } from "./plant-text.ts";
export { programDependencies } from "./version.ts";

export interface ProgramOptions {
  /** The flow's name on the gateway; the resource gets the same. */
  readonly name: string;
  readonly graph: CanonicalGraph;
  /** The built-in nodes; others are brought as modules of the user's own. */
  readonly builtins: ModuleDescriptions;
}

export interface PlantOptions {
  readonly flows: readonly (Pick<ProgramOptions, "name" | "graph"> & {
    /** As the gateway tells them. */
    readonly options?: { readonly [name: string]: PropValue };
  })[];
  readonly builtins: ModuleDescriptions;
  readonly drivers?: readonly WrittenDriver[];
  /** Sinks that name one of these refer to the resource. */
  readonly connections?: readonly WrittenConnection[];
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
    readonly options?: { readonly [name: string]: PropValue };
    readonly comments?: readonly string[];
  }[];
}

/** Node types that are not built in, whose modules the program expects as files beside it. */
export function customTypes({ graph, builtins }: Pick<ProgramOptions, "graph" | "builtins">): string[] {
  return [...new Set(graph.nodes.map(({ type }) => type))].filter((type) => !builtins.has(type)).sort();
}

/** The program of one flow that is known as a whole. */
export const flowProgram = ({ name, graph, builtins }: ProgramOptions): string =>
  plantProgram({ flows: [{ name, graph }], builtins });

/** The program of what a gateway has. */
export function plantProgram({ flows, builtins, drivers = [], connections = [] }: PlantOptions): string {
  const all = flows.flatMap(({ graph }) => graph.nodes);
  const modules = [...new Map(all.map((node) => [node.type, node])).values()]
    .filter(({ type }) => !builtins.has(type))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
  const known = new Set(connections.map(({ name }) => name));
  const statements = [...modules.map(moduleText), ...connections.map(connectionText), ...drivers.map(driverText)];
  const written = flows.map(({ name, graph, options = {} }) => {
    const { nodes, wires } = inReadingOrder(graph);
    const texts = nodes.map((node) => ({ id: node.id, text: nodeText(node, builtins, known) }));
    return { name, options, graph: { nodes: texts, wires: wires.map(wireKey) } };
  });
  return programText({ statements, flows: written });
}

export function programText({ statements, flows }: ProgramParts): string {
  const gateway = `{ endpoint: config.require("endpoint"), token: config.requireSecret("token") }`;
  const isShared = flows.length > 1 || statements.some((text) => /\bgateway\b/.test(text));
  return `import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
${isShared ? `const gateway = ${gateway};\n` : ""}${statements.map((text) => `\n${text}\n`).join("")}${flows
  .map(
    ({ name, graph, options = {}, comments = [] }) => `
${commentText(comments, "")}export const ${variable(name)} = new ff.Flow("${name}", {
  ${isShared ? "gateway" : `gateway: ${gateway}`},
${Object.keys(options).length === 0 ? "" : `  options: ${valueText(options)},\n`}${graphText(graph)}
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
    ({ id, text, comments = [] }) => `${commentText(comments, "    ")}    ${keyText(id)}: ${text},`,
  );
  const faces = ([name, ports]: readonly [string, { readonly [name: string]: string }]) => {
    const members = Object.entries(ports).map(
      ([face, port]) => `${keyText(face)}: n${port.split(".").map(accessText).join("")}`,
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

/** The call that makes a node, what it has by default left out. `connections` stand in the program as resources. */
export function nodeText(
  { type, props, delivers }: Pick<CanonicalNode, "type" | "props" | "delivers">,
  builtins: ModuleDescriptions,
  connections: ReadonlySet<string> = new Set(),
): string {
  const module = builtins.get(type);
  const defaults = (module?.manifest.props.properties ?? {}) as {
    readonly [name: string]: { readonly default?: unknown };
  };
  const chosen = Object.entries(props)
    .filter(([name, value]) => sortedText(value) !== sortedText(defaults[name]?.default))
    .map(([name, value]) => {
      const isResource =
        delivers !== undefined && name === "connection" && typeof value === "string" && connections.has(value);
      return `${keyText(name)}: ${isResource ? `${connectionVariable(value)}.name` : valueText(value)}`;
    });
  const text = chosen.length === 0 ? "" : `{ ${chosen.join(", ")} }`;
  // Builders of nodes of the user's own take an object even where there is nothing in it.
  if (module === undefined) return `${variable(type)}(${text || "{}"})`;
  return `ff.${camelCase(type)}(${text})`;
}

/** `a.out -> b.in` as `n.a.out.to(n.b.in)`. */
function wireText(wire: string): string {
  const [source, target] = wire.split(" -> ").map((end) => {
    const [node, port] = end.split(".") as [string, string];
    return `n${accessText(node)}${accessText(port)}`;
  });
  return `${source}.to(${target})`;
}

/** The same text for equal values, in whatever order their keys are. */
const sortedText = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort())
      : part,
  );
