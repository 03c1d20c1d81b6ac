// The core module that a node of a graph runs: that of its type, with the node's expressions compiled in where it has any.

import type { CanonicalNode, ModuleCatalog, NodeModule } from "@flowfusion/graph";

/** The module of a node's type. `catalog` must be the one that the graph was resolved against. */
export function moduleOf(node: CanonicalNode, catalog: ModuleCatalog): NodeModule {
  const module = catalog.get(node.type);
  if (!module) throw new Error(`no module for node type ${node.type}; resolve the graph against this catalog first`);
  return module;
}

export function nodeWasm(node: CanonicalNode, catalog: ModuleCatalog): Uint8Array {
  const { expressions, wasm } = moduleOf(node, catalog);
  return expressions ? expressions.compile(node.props) : wasm;
}
