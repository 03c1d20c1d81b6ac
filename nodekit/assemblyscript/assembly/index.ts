// What a node imports.

export { emit, hasRoom, log } from "./emissions";
export { Expression } from "./expression";
export { Kind, Message, Quality, Topic } from "./message";
export { Properties, reject } from "./properties";
export { Outcome, Scalar } from "./scalar";
export { StateReader, StateWriter } from "./state";
export { Text } from "./text";
export { TopicMap } from "./topics";
