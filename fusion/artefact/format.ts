// What a Flow.wasm consists of, apart from its code.

export const sectionNames = {
  /** The canonical graph, as GraphRule. */
  graph: "flowfusion:graph",
  /** JSON: the fuser's version and the digest of every module. */
  provenance: "flowfusion:provenance",
  /** JSON: the id of every node, in index order. */
  names: "flowfusion:names",
} as const;

/** What a fused flow exports, and of which type. */
export const artefactExportTypes: ReadonlyMap<string, string> = new Map([
  ["memory", "memory"],
  ["control", "i32"],
  ["current_node", "mut i32"],
  ["reserve", "(i32) -> i32"],
  ["configure", "() -> i32"],
  ["execute_flow", "(i32, i32, i32) -> i32"],
  ["tick", "(i64) -> i32"],
  ["save_state", "() -> i32"],
  ["load_state", "(i32, i32) -> i32"],
]);

/** The type of `execute_flow` in flows that were fused before version 0.4.0. */
export const formerExecuteType = "(i32, i32) -> i32";

/** What flows export that were fused since version 0.3.0; `preload_state` since 0.5.0, `ticking` since 0.6.0. */
export const laterExportTypes: ReadonlyMap<string, string> = new Map([
  ["counters", "() -> i32"],
  ["profiling", "mut i32"],
  ["fuel_probe", "() -> i64"],
  ["preload_state", "(i32, i32) -> i32"],
  ["ticking", "i32"],
]);
