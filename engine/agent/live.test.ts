// Rates of all flows, over a data plane whose counts are known at any time.

import { GatewayClient } from "@flowfusion/client";
import type { FlowName } from "@flowfusion/graph";
import { expect, test } from "vitest";
import { TestDataPlane } from "../testkit/test-data-plane.ts";
import { startTestGateway, TEST_TOKEN } from "../testkit/test-gateway.ts";

/** Half of the pause between two updates: a batch comes in between any two. */
const batchMs = 250;

class BatchingDataPlane extends TestDataPlane {
  override async pulse(names: readonly FlowName[]) {
    return { ...(await super.pulse(names)), tags: Math.floor(performance.now() / batchMs) * 100 };
  }
}

test("each rate is of a whole interval, also in the second update, and in the first for who comes back at once", async () => {
  await using peer = await startTestGateway({ dataPlane: new BatchingDataPlane() });
  const client = new GatewayClient({ endpoint: peer.gateway.url, token: TEST_TOKEN });
  const rates: number[] = [];
  for (const count of [3, 5]) {
    const ended = new AbortController();
    for await (const { tagsPerS } of client.followLive({ signal: ended.signal })) {
      if (rates.push(tagsPerS) === count) break;
    }
    ended.abort();
  }
  expect(rates.filter((rate) => rate === 0)).toEqual([]);
});
