// What a node imports.

export { emit, log } from "./emissions";
export { Kind, Message, Quality, Topic } from "./message";
export { Properties, reject } from "./properties";
export { StateReader, StateWriter } from "./state";
