// What the tests of other workspaces use.

export { propsOf } from "./random-props.ts";
export { passOn, watNode } from "./wat-nodes.ts";
