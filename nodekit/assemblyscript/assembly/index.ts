// What a node imports.
//
// `// @ts-ignore: decorator`, throughout the kit and the nodes: editors check these files as TypeScript, which knows
// decorators of classes alone. AssemblyScript's compiler takes `@inline` on functions and constants, and ignores the remark.

export { emit, hasRoom, log } from "./emissions";
export { Expression } from "./expression";
export { Kind, Message, Quality, Topic } from "./message";
export { decimal, Properties, reject } from "./properties";
export { Outcome, Scalar } from "./scalar";
export { StateReader, StateWriter } from "./state";
export { Text } from "./text";
export { TopicMap } from "./topics";
