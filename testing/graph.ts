// A graph as a test hands it over, made into what fusion takes: the outputs of other resources resolved, modules of the
// user's own read, and what the test feeds and watches joined on as nodes.

import { readFile } from "node:fs/promises";
import { readModule } from "@flowfusion/fusion";
import {
  type CanonicalGraph,
  FlowFusionError,
  type GraphDocument,
  type ModuleCatalog,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { type AuthoredGraph, authoredGraph, type WiredParts } from "@flowfusion/sdk/authored";
import * as pulumi from "@pulumi/pulumi";

/** Which tags go to each input of a graph, by its name. */
export type Feeds = { readonly [input: string]: readonly string[] };

export interface TestGraph {
  readonly graph: CanonicalGraph;
  readonly catalog: ModuleCatalog;
  /** Ids of the nodes that are the test's own: what each of them watches; nothing, when it feeds. */
  readonly own: ReadonlyMap<string, string | undefined>;
}

export async function testGraph(parts: WiredParts, feeds: Feeds, watched: readonly string[]): Promise<TestGraph> {
  const authored = authoredGraph(parts);
  const catalog = await catalogOf(authored);
  const nodes: Record<string, GraphDocument["nodes"][string]> = {};
  for (const [id, { type, props }] of authored.nodes) nodes[id] = { type, props: await resolved(props, `nodes.${id}`) };
  const wires: Record<string, Record<string, never>> = Object.fromEntries(
    [...authored.wires.keys()].map((key) => [key, {}]),
  );

  const own = new Map<string, string | undefined>();
  const join = (watches: string | undefined, node: GraphDocument["nodes"][string], wire: (id: string) => string) => {
    const id = freeId(nodes, watches === undefined ? "feed" : "watch");
    own.set(id, watches);
    nodes[id] = node;
    wires[wire(id)] = {};
  };
  for (const [name, port] of authored.inputs) {
    const tags = feedOf(name, feeds, authored);
    join(undefined, { type: "tag_input", props: { tags: [...tags] } }, (id) => `${id}.out -> ${port}`);
  }
  const stranger = Object.keys(feeds).find((name) => !authored.inputs.has(name));
  if (stranger !== undefined) throw new TypeError(`feeds.${stranger}: the graph has no such input`);
  for (const port of watched) checkWatched(port, authored);
  const ports = new Map([...authored.outputs, ...watched.map((port) => [port, port] as const)]);
  for (const [name, port] of ports) {
    join(name, { type: "file", props: { path: "watched.jsonl" } }, (id) => `${port} -> ${id}.in`);
  }
  try {
    return { graph: resolveGraph(parseGraph({ nodes, wires }), catalog), catalog, own };
  } catch (error) {
    throw error instanceof FlowFusionError ? withPlaces(error, authored) : error;
  }
}

function feedOf(name: string, feeds: Feeds, { inputs }: AuthoredGraph): readonly string[] {
  const tags = feeds[name] ?? (inputs.size === 1 ? ["#"] : undefined);
  if (tags !== undefined) return tags;
  throw new TypeError(`feeds: the graph has ${inputs.size} inputs, so say which tags go to "${name}"`);
}

function checkWatched(port: string, { nodes }: AuthoredGraph): void {
  const [id = "", name = ""] = port.split(".");
  const outputs = Object.keys(nodes.get(id)?.outputs ?? {}).map((output) => `${id}.${output}`);
  if (outputs.includes(`${id}.${name}`)) return;
  const known = nodes.has(id)
    ? `its outputs: ${outputs.join(", ") || "none"}`
    : `nodes: ${[...nodes.keys()].join(", ")}`;
  throw new TypeError(`watch: there is no output "${port}"; ${known}`);
}

function freeId(nodes: object, stem: string): string {
  for (let count = 1; ; count++) {
    const id = `${stem}-${count}`;
    if (!Object.hasOwn(nodes, id)) return id;
  }
}

async function catalogOf({ nodes }: AuthoredGraph): Promise<ModuleCatalog> {
  const catalog = new Map(await builtinCatalog());
  const brought = new Map(
    [...nodes.values()].flatMap(({ type, module }) => (module === undefined ? [] : [[type, module]])),
  );
  for (const [type, asset] of brought) catalog.set(type, await readModule(await bytesOf(type, asset)));
  return catalog;
}

async function bytesOf(type: string, input: pulumi.Input<pulumi.asset.Asset>): Promise<Uint8Array> {
  const asset: { readonly path?: unknown } = await settled(input, `the module of "${type}"`);
  const { path } = asset;
  if (typeof path !== "string")
    throw new TypeError(`the module of "${type}" is no FileAsset, and only a file can be read in a test`);
  return readFile(path).catch((cause: Error) => {
    const built = "; relative paths count from the folder that the test runs in";
    throw new FlowFusionError("FF_PROVIDER_MODULE", `the module of "${type}": ${cause.message}${built}`, { cause });
  });
}

type Props = NonNullable<GraphDocument["nodes"][string]["props"]>;

async function resolved(props: object, path: string): Promise<Props> {
  // Absent and undefined are the same to Pulumi.
  return JSON.parse(JSON.stringify(await settled(props, path))) as Props;
}

/** Waits for the outputs in a value. */
async function settled<T>(input: pulumi.Input<T>, what: string): Promise<pulumi.Unwrap<T>> {
  const output = pulumi.output(input) as pulumi.Output<pulumi.Unwrap<T>> & OutputInternals<pulumi.Unwrap<T>>;
  if (!(await output.isKnown)) {
    throw new TypeError(`${what} depends on a resource that does not exist yet; in a test, give the value itself`);
  }
  return output.promise();
}

/** What outputs have beyond their public face; the only way to read one outside of a running program. */
interface OutputInternals<T> {
  readonly isKnown: Promise<boolean>;
  promise(): Promise<T>;
}

/** The same error, each problem with the line of the program that wrote the node or the wire. */
function withPlaces(error: FlowFusionError, { nodes, wires }: AuthoredGraph): FlowFusionError {
  const diagnostics = error.diagnostics.map((diagnostic) => {
    const place = placeOf(diagnostic.path);
    return place === undefined ? diagnostic : { ...diagnostic, message: `${diagnostic.message} (${place})` };
  });
  const lines = diagnostics.map(({ code, path, message }) => `\n  ${path}: ${message} [${code}]`);
  return new FlowFusionError(error.code, `The graph cannot run:${lines.join("")}`, { diagnostics, cause: error });

  function placeOf(path: string): string | undefined {
    const id = /^nodes\.([^.[]+)/.exec(path)?.[1];
    if (id !== undefined) return nodes.get(id)?.place;
    return [...wires].find(([key]) => path === `wires[${JSON.stringify(key)}]`)?.[1];
  }
}
