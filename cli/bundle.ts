// What the command line's bundle consists of: with it come the gateway, its data plane's threads, the linker's process and
// the drivers.

import type { Bundle } from "@flowfusion/tools";

export const cliBundle: Bundle = {
  entryPoints: {
    main: "cli/main.ts",
    worker: "engine/dataplane/worker.ts",
    ingress: "engine/dataplane/rings/ingress.ts",
    "draft-worker": "engine/drafts/draft-worker.ts",
    "link-worker": "fusion/link/link-worker.ts",
    "driver-modbus": "drivers/modbus/main.ts",
    "driver-mqtt": "drivers/mqtt/main.ts",
    "driver-opcua": "drivers/opcua/main.ts",
    "driver-replay": "drivers/replay/main.ts",
    "driver-simulator": "drivers/simulator/driver.ts",
  },
  // The last is for locks between processes that share a folder of certificates, which the OPC UA driver does not.
  external: ["assemblyscript", "@bytecodealliance/jco-transpile", "proper-lockfile"],
  // Fastify's, to compile schemas itself, to answer without a socket, and for a protocol that the gateway does not speak.
  unused: ["@fastify/ajv-compiler", "@fastify/fast-json-stringify-compiler", "light-my-request", "node:http2"],
  threads: {
    "engine/dataplane/index.ts": { source: "./worker.ts", entry: "worker" },
    "engine/dataplane/rings/threads.ts": { source: "./ingress.ts", entry: "ingress" },
    "engine/drafts/workshop.ts": { source: "./draft-worker.ts", entry: "draft-worker" },
    "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" },
    "drivers/modbus/kind.ts": { source: "./main.ts", entry: "driver-modbus" },
    "drivers/mqtt/kind.ts": { source: "./main.ts", entry: "driver-mqtt" },
    "drivers/opcua/kind.ts": { source: "./main.ts", entry: "driver-opcua" },
    "drivers/replay/kind.ts": { source: "./main.ts", entry: "driver-replay" },
    "drivers/simulator/kind.ts": { source: "./driver.ts", entry: "driver-simulator" },
  },
};
