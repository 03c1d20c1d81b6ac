// What whoever draws a flow with a gateway at hand asks of it: what there is to draw with.

import type { Digest } from "@flowfusion/graph";
import type { CallOptions, Calls } from "../calls.ts";
import type { ModuleInspection, NodeType } from "../node-types.ts";
import { type ExpectedGeneration, jsonHeaders, precondition, queryString } from "../requests.ts";
import type { Page, PageQuery } from "../types.ts";

const nodeTypePath = (name: string): string => `/v1/node-types/${encodeURIComponent(name)}`;
const itemsMax = 200;

export function authoringCalls(calls: Calls) {
  return {
    async listNodeTypes(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<NodeType>> {
      return calls.json({ method: "GET", path: `/v1/node-types${queryString(query)}` }, call, true);
    },

    /** All node types, by name. */
    async nodeTypes(call: CallOptions = {}): Promise<readonly NodeType[]> {
      const types: NodeType[] = [];
      let after: string | undefined;
      do {
        const query = { limit: itemsMax, ...(after !== undefined && { after }) };
        const page: Page<NodeType> = await this.listNodeTypes(query, call);
        types.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      return types;
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

    /** What a module is: ports, properties, features, measures, or why it would be refused. Stores nothing. */
    async inspectModule(wasm: Uint8Array, call: CallOptions = {}): Promise<ModuleInspection> {
      const headers = { "content-type": "application/wasm" };
      const body = Uint8Array.from(wasm);
      return calls.json({ method: "POST", path: "/v1/modules/inspect", headers, body }, call, true);
    },
  };
}
