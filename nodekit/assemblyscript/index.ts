export { buildNode, type NodeSource } from "./build.ts";
