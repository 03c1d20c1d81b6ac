// The provider as a library: for tests and for tools that want to serve it themselves.

export { flowInputNames } from "./flow/inputs.ts";
export { flowOutputNames } from "./flow/outputs.ts";
export { flowToken } from "./provider.ts";
export { type RunningProvider, startProvider } from "./server.ts";
