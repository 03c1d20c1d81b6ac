// NodeModule: a WebAssembly module of the user's own as a node type of a gateway, for whoever draws flows there and for flows
// that run node by node. A flow that is made of it needs none of this: the program's module is fused into it, in the very
// first preview already.

import { allItems, type FlowStatus, type GatewayClient, type NodeType } from "@flowfusion/client";
import type { FlowName, NodeModule } from "@flowfusion/graph";
import { clientOf, diffAccess, importTarget, knownText, readAccess } from "../access.ts";
import { change, diffMaps } from "../changes.ts";
import type { ModuleShelf } from "../flow/modules.ts";
import { create, type Keeper, type Kept, remove, update } from "../kept.ts";
import type { KnownResource, Operation, Resource } from "../resource.ts";
import type { ResourceRecord } from "../wire/record.ts";
import { asAsset, remoteAsset, unknownValue, unwrap, type WireObject } from "../wire/values.ts";
import { checkNodeModule } from "./check.ts";

export const nodeModuleToken = "flowfusion:index:NodeModule";

/** The outputs beside the inputs; a test holds schema.json and the SDK to this list. */
export const nodeModuleOutputNames = ["digest", "version", "ports", "props", "sizeBytes", "generation"] as const;

interface UploadedType extends Kept {
  readonly type: NodeType;
}

export function nodeModuleResource(shelf: ModuleShelf): Resource {
  /** The module that the inputs bring; undefined while it is not known. */
  const moduleOf = async (inputs: WireObject): Promise<NodeModule | undefined> => {
    const asset = asAsset(unwrap(inputs.source));
    return asset && shelf.load(asset);
  };
  const demandModule = async (inputs: WireObject): Promise<NodeModule> => {
    const module = await moduleOf(inputs);
    if (module === undefined) throw new Error("an up was asked for while the module is not known");
    return module;
  };
  const made = (inputs: WireObject, module: NodeModule, { generation }: Kept): ResourceRecord => {
    const name = module.manifest.name;
    return {
      id: name,
      inputs,
      outputs: { ...inputs, ...outputsOf(module, module.wasm.length), generation },
      problems: [],
    };
  };
  return {
    token: nodeModuleToken,
    deleteBeforeReplace: false,
    check: (news) => checkNodeModule(news, shelf),
    diff: async (olds, news) => diffNodeModule(olds, news),

    async preview(news, state) {
      const module = await moduleOf(news);
      if (module === undefined) {
        return { ...news, ...Object.fromEntries(nodeModuleOutputNames.map((name) => [name, unknownValue])) };
      }
      const isSame = state.digest === module.digest && state.type === module.manifest.name;
      return {
        ...news,
        ...outputsOf(module, module.wasm.length),
        generation: isSame ? (state.generation ?? unknownValue) : unknownValue,
      };
    },

    async create(news, operation) {
      const module = await demandModule(news);
      const keeper = keeperOf(news, module.manifest.name, module, operation);
      return made(news, module, await create(keeper, operation.signal));
    },

    async update(news, state, operation) {
      const module = await demandModule(news);
      const keeper = keeperOf(news, module.manifest.name, module, operation);
      const known = Number(state.generation);
      const live = state.digest === module.digest ? await keeper.find(operation.signal) : undefined;
      const isSame = live?.generation === known && live.type.module === module.digest;
      return made(news, module, isSame ? live : await update(keeper, known, operation.signal));
    },

    read: readNodeModule,

    importTarget: (id, environment) => importTarget(id, "node-types", environment),

    async delete(state, operation) {
      const type = knownText(state.type) ?? "";
      const users = await usersOf(clientOf(readAccess(state.gateway)), type, operation.signal);
      await remove(keeperOf(state, type, undefined, operation), Number(state.generation), operation.signal);
      if (users.length > 0) {
        operation.warn(
          `The node type ${type} is out of the gateway's catalogue; its module stays in the store, as flows are made of it: ` +
            `${users.join(", ")}. They run on.`,
        );
      }
    },
  };
}

function diffNodeModule(olds: WireObject, news: WireObject) {
  const [from, to] = [asAsset(unwrap(olds.source))?.hash, asAsset(unwrap(news.source))?.hash];
  return [
    ...diffAccess(readAccess(olds.gateway), readAccess(news.gateway)),
    ...diffMaps([], { type: knownText(unwrap(olds.type)) }, { type: knownText(unwrap(news.type)) }, true),
    // One that is not known yet has no hash.
    ...(from === to ? [] : [change(["source"], "update")]),
  ];
}

function outputsOf({ digest, manifest }: Pick<NodeModule, "digest" | "manifest">, sizeBytes: number): WireObject {
  const ports = (all: NodeModule["manifest"]["inputs"]) =>
    all.map(({ name, type, doc }) => ({ name, type, ...(doc !== undefined && { doc }) }));
  return {
    digest,
    type: manifest.name,
    version: manifest.version,
    ports: { inputs: ports(manifest.inputs), outputs: ports(manifest.outputs) },
    props: manifest.props as WireObject,
    sizeBytes,
  };
}

function keeperOf(
  inputs: WireObject,
  name: string,
  module: NodeModule | undefined,
  { report, signal }: Operation,
): Keeper<UploadedType> {
  const client = clientOf(readAccess(inputs.gateway));
  return {
    what: `node type "${name}" at ${client.endpoint}`,
    importLine: `pulumi import ${nodeModuleToken} <resource> ${client.endpoint}/v1/node-types/${name}`,
    async find(stop) {
      return keptOf(await client.getNodeType(name, stop && { signal: stop }));
    },
    async put(expected) {
      const { digest, wasm } = module!;
      report(`uploading ${(wasm.length / 1000).toFixed(1)} kB`);
      await client.uploadModules([{ digest, wasm }], { signal });
      return keptOf(await client.putNodeType(name, { module: digest, expected }))!;
    },
    remove: (expected) => client.deleteNodeType(name, { expected }),
    isAsDeclared: ({ type }) => type.module === module?.digest,
  };
}

/** Undefined for a built-in type, which nobody keeps. */
function keptOf(type: NodeType | undefined): UploadedType | undefined {
  if (type?.uploaded === undefined) return undefined;
  const { generation, at, by } = type.uploaded;
  return { type, generation, changedAt: at, changedBy: by };
}

async function readNodeModule(
  name: string,
  { inputs: old, state }: KnownResource,
  operation: Operation,
): Promise<ResourceRecord | undefined> {
  const client = clientOf(readAccess(old.gateway));
  const type = await client.getNodeType(name, operation);
  const live = keptOf(type);
  if (type === undefined || live === undefined) return undefined;
  const isOurs = state.digest === type.module;
  // The gateway has a module of another origin, whose file is not known; the gateway itself has its bytes.
  const hash = type.module.slice("sha256:".length);
  const source = remoteAsset(hash, `${client.endpoint}/v1/modules/${type.module}`);
  const inputs = isOurs ? old : { gateway: old.gateway!, type: name, source };
  if (!isOurs && state.digest !== undefined) {
    operation.warn(
      `The node type is made of another module, ${type.module}, which ${live.changedBy} uploaded at ${live.changedAt}.`,
    );
  }
  const { module: digest, manifest, sizeBytes } = type;
  const seen = { ...outputsOf({ digest, manifest }, sizeBytes), generation: live.generation };
  return { id: name, inputs, outputs: { ...inputs, ...seen }, problems: [] };
}

async function usersOf(client: GatewayClient, type: string, signal: AbortSignal): Promise<readonly FlowName[]> {
  const flows = await allItems((query) => client.listFlows(query, { signal }));
  const isUser = ({ graph }: FlowStatus) => Object.values(graph.nodes).some((node) => node.type === type);
  return flows.filter(isUser).map(({ name }) => name);
}
