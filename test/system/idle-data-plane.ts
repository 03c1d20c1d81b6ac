// A data plane that accepts every flow and runs none: for tests of what comes before it, with the real gateway's API,
// store and rules in front.

import type { DataPlaneFactory } from "@flowfusion/engine";
import type { Digest, FlowName } from "@flowfusion/graph";

export const startIdleDataPlane: DataPlaneFactory = async () => {
  const flows = new Map<FlowName, Digest>();
  return {
    addresses: [],
    deploy: async (name, program) => {
      flows.set(name, program.digest);
      const stateful = program.graph.nodes.filter((node) => node.stateVersion > 0);
      return { pauseMs: 0.1, stateBytes: 0, state: { kept: stateful.map((node) => node.id), reset: [] } };
    },
    remove: async (name) => {
      flows.delete(name);
    },
    stats: async () => ({
      ingest: { connections: 0, frames: 0, bytes: 0, tags: 0, unrouted: 0, refused: {} },
      flows: [...flows].map(([name, digest]) => ({
        name,
        digest,
        condition: "running",
        messagesIn: 0,
        messagesOut: 0,
        traps: 0,
        restarts: 0,
        droppedByBreaker: 0,
        deadLetters: 0,
        executeP50Us: 0,
        executeP99Us: 0,
        nodes: [],
        sinks: [],
      })),
      socketToSinkQueueP50Us: 0,
      socketToSinkQueueP99Us: 0,
    }),
    close: async () => {},
  };
};
