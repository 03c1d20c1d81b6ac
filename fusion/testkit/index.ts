// What the tests of other workspaces use.

export { propsOf } from "./random-props.ts";
export { runScenario } from "./scenario.ts";
export { Wasmtime } from "./wasmtime.ts";
export { passOn, watNode } from "./wat-nodes.ts";
