// The provider as a library: for tests and for tools that want to serve it themselves.

export { flowToken } from "./flow/index.ts";
export { type RunningProvider, startProvider } from "./server.ts";
