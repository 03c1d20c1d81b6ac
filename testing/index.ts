// Unit tests of flows: `import { simulate } from "@flowfusion/testing"`.

export type { DeadLetter, Emission, LogLine, NodeCounts, Simulation } from "./result.ts";
export { type FlowToTest, type SimulateOptions, simulate } from "./simulate.ts";
export type { Passage, Reading, Readings } from "./table.ts";
