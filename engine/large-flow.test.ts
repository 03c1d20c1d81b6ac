// A flow of as many nodes as a graph may have, through all that bounds it: drawn, fused by the gateway within the time and the
// memory of a draft, metered, run.

import { type GraphDocument, graphLimits } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { eventually } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { boiler, LiveGateway } from "./testkit/live-gateway.ts";

/** tag_input → scale → … → scale → nng, each scale adding one. */
function longestChain(address: string): GraphDocument {
  const scales = Array.from({ length: graphLimits.nodesMax - 2 }, (_, index) => `add${index}`);
  const ids = ["in", ...scales, "out"];
  return {
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      ...Object.fromEntries(scales.map((id) => [id, { type: "scale", props: { offset: 1 } }])),
      out: { type: "nng", props: { address } },
    },
    wires: Object.fromEntries(ids.slice(1).map((id, index) => [`${ids[index]}.out -> ${id}.in`, {}])),
  };
}

/** Fusing it takes a third of a minute beside other work, on two cores. */
const timeout = 600_000;

test("a draft with as many nodes as a flow may have is fused, taken and run", { timeout }, async () => {
  await using live = await LiveGateway.start({ builtInNodes: builtinCatalog });
  const { artefact, nodes } = await live.client.fuse(longestChain(live.receiver.address));
  expect(nodes).toBe(graphLimits.nodesMax);
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  live.pushValues(0);
  await eventually(() => expect(live.receiver.valuesFrom(boiler)).toEqual([graphLimits.nodesMax - 2]));
});
