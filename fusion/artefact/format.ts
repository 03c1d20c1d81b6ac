// What a Flow.wasm consists of, apart from its code.

export const sectionNames = {
  /** The canonical graph, as GraphRule. */
  graph: "flowfusion:graph",
  /** JSON: the fuser's version and the digest of every module. */
  provenance: "flowfusion:provenance",
  /** JSON: the id of every node, in index order. */
  names: "flowfusion:names",
} as const;

export const artefactExports: ReadonlySet<string> = new Set([
  "memory",
  "control",
  "current_node",
  "reserve",
  "configure",
  "execute_flow",
  "tick",
  "save_state",
  "load_state",
]);
