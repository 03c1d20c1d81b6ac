// What whoever draws a flow with a gateway at hand asks of it: what there is to draw with.

import type { Digest, FlowComparison, FlowName, FusePhase, GraphDocument } from "@flowfusion/graph";
import type { CallOptions, Calls } from "../calls.ts";
import type { DraftEvent, FusedDraft } from "../draft-types.ts";
import { failure } from "../errors.ts";
import type { FlowLayout } from "../layout-types.ts";
import type { ModuleInspection, NodeType } from "../node-types.ts";
import { allItems } from "../pages.ts";
import { type ExpectedGeneration, flowPath, jsonHeaders, precondition, queryString } from "../requests.ts";
import type { Page, PageQuery } from "../types.ts";

const nodeTypePath = (name: string): string => `/v1/node-types/${encodeURIComponent(name)}`;

export function authoringCalls(calls: Calls) {
  return {
    async listNodeTypes(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<NodeType>> {
      return calls.json({ method: "GET", path: `/v1/node-types${queryString(query)}` }, call, true);
    },

    /** All node types, by name. */
    async nodeTypes(call: CallOptions = {}): Promise<readonly NodeType[]> {
      return allItems((query) => this.listNodeTypes(query, call));
    },

    /** The node type, or undefined when the gateway itself says that it has none of this name. */
    async getNodeType(name: string, call: CallOptions = {}): Promise<NodeType | undefined> {
      return calls.found<NodeType>({ method: "GET", path: nodeTypePath(name) }, call);
    },

    /** Makes a node type of a module that was uploaded (`uploadModules`). */
    async putNodeType(
      name: string,
      request: { readonly module: Digest; readonly expected: ExpectedGeneration },
      call: CallOptions = {},
    ): Promise<NodeType> {
      const headers = { ...jsonHeaders, ...precondition(request.expected) };
      const body = JSON.stringify({ module: request.module });
      return calls.json({ method: "PUT", path: nodeTypePath(name), headers, body }, call, false);
    },

    /** Takes an uploaded type out of the catalogue; flows that are made of it run on. */
    async deleteNodeType(name: string, request: { readonly expected: number }, call: CallOptions = {}): Promise<void> {
      await calls.delete(nodeTypePath(name), call, precondition(request.expected));
    },

    /**
     * Has the gateway fuse a graph. What comes of it lies in the store, to be tried (`dryRun`, `compareWithRunning`) and
     * deployed. Throws with every problem of the graph and its path. Ended by `signal`, the gateway stops working on it.
     */
    async fuse(
      graph: GraphDocument,
      options: Pick<CallOptions, "signal"> & { readonly onPhase?: (phase: FusePhase) => void } = {},
    ): Promise<FusedDraft> {
      const path = "/v1/artefacts";
      for await (const event of calls.events<DraftEvent>(path, options, {
        headers: jsonHeaders,
        body: JSON.stringify({ graph }),
      })) {
        if (event.kind === "failed") throw failure(event.problem, calls.endpoint, `POST ${path}`);
        const { kind, ...told } = event;
        if (kind === "fused") return told as FusedDraft;
        options.onPhase?.(told as FusePhase);
      }
      options.signal?.throwIfAborted();
      throw calls.badAnswer(`POST ${path}`, "the events end before the draft is fused");
    },

    /** What an artefact of the store would have done with the tags that came in last, beside the flow where it runs. */
    async compareWithRunning(
      name: FlowName,
      request: { readonly artefact: Digest; readonly updates?: number },
      call: CallOptions = {},
    ): Promise<FlowComparison> {
      const path = `${flowPath(name)}/compare`;
      return calls.json({ method: "POST", path, headers: jsonHeaders, body: JSON.stringify(request) }, call, true);
    },

    /** The same with a recording: batches as `recording` gives them, or lines as the file sink writes them; 16 MiB at most. */
    async replay(
      name: FlowName,
      request: { readonly artefact: Digest; readonly recording: Uint8Array<ArrayBuffer> },
      call: CallOptions = {},
    ): Promise<FlowComparison> {
      const path = `${flowPath(name)}/replay?${new URLSearchParams({ artefact: request.artefact })}`;
      const headers = { "content-type": "application/octet-stream" };
      return calls.json({ method: "POST", path, headers, body: request.recording }, call, true);
    },

    /** Where the flow's nodes are drawn, or undefined when nobody has laid it out. */
    async layout(name: FlowName, call: CallOptions = {}): Promise<FlowLayout | undefined> {
      return calls.found<FlowLayout>({ method: "GET", path: `${flowPath(name)}/layout` }, call);
    },

    /** Lays the flow out; changes nothing about it. `expected`: the generation of the layout. */
    async putLayout(
      name: FlowName,
      request: Pick<FlowLayout, "nodes"> & { readonly expected: ExpectedGeneration },
      call: CallOptions = {},
    ): Promise<FlowLayout> {
      const headers = { ...jsonHeaders, ...precondition(request.expected) };
      const body = JSON.stringify({ nodes: request.nodes });
      return calls.json({ method: "PUT", path: `${flowPath(name)}/layout`, headers, body }, call, false);
    },

    /** What a module is: ports, properties, features, measures, or why it would be refused. Stores nothing. */
    async inspectModule(wasm: Uint8Array, call: CallOptions = {}): Promise<ModuleInspection> {
      const headers = { "content-type": "application/wasm" };
      const body = Uint8Array.from(wasm);
      return calls.json({ method: "POST", path: "/v1/modules/inspect", headers, body }, call, true);
    },
  };
}
