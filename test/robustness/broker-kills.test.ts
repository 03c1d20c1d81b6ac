// A broker that is killed again and again under load, seen through a whole gateway: what came in waits on disk and comes out,
// each message for the first time in order, and the sink accounts for each of them at any moment.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { eventually, Gate, Mosquitto, randomFrom } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { GatewayChild } from "./child.ts";

const kills = 20;
const seeds = Array.from({ length: process.env.FLOWFUSION_TEST_LONG ? 5 : 1 }, (_, index) => index + 1);
const flow = parseFlowName("line");
/** Messages at a time, and how long from one time to the next. */
const [batch, everyMs] = [20, 5];
/** That come out between the start of the broker and its next death, and how long that waits then, at most. */
const [messagesMax, waitMsMax] = [400, 100];
const awayMsMax = 200;

async function publishing(gateway: GatewayChild, broker: string): Promise<void> {
  const props = { broker, topic: "out", qos: 1, durability: "written" };
  const { wasm } = await fuseDocument({
    nodes: { in: { type: "tag_input", props: { tags: ["n"] } }, out: { type: "mqtt", props } },
    wires: ["in.out -> out.in"],
  });
  const { digest } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(flow, { artefact: digest, expected: "absent" });
}

/** Pushes numbers, from 0 on, until told to stop; gives how many there were. */
function load(gateway: GatewayChild): () => Promise<number> {
  let isOver = false;
  const pushing = (async () => {
    let count = 0;
    while (!isOver) {
      const numbers = Array.from({ length: batch }, (_, index) => count + index);
      const updates = numbers.map((value) => ({ tag: "n", timestampNs: BigInt(value), quality: 0 as const, value }));
      if (gateway.feedAll(updates)) count += batch;
      await sleep(everyMs);
    }
    return count;
  })();
  return () => {
    isOver = true;
    return pushing;
  };
}

/** What the flow has taken in went to the sink, which has sent it or still has it. */
async function soundSink(gateway: GatewayChild) {
  const { messagesIn, messagesOut, input, sinks } = await gateway.client.stats(flow);
  const [sink] = sinks;
  expect({ dropped: [input.dropped, sink!.dropped], messagesOut }).toEqual({
    dropped: [{}, {}],
    messagesOut: messagesIn,
  });
  expect(sink!.sent + sink!.queued).toBe(messagesIn);
  return { messagesIn, ...sink! };
}

test.each(seeds)(
  "no message is lost where the broker is killed 20 times under load, seed %i",
  { timeout: 300_000 },
  async (seed) => {
    const random = randomFrom(seed);
    await using cleanup = new AsyncDisposableStack();
    const dataDir = await mkdtemp(path.join(tmpdir(), "ff-broker-kills-"));
    cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
    const broker = cleanup.use(await Mosquitto.start());
    // With QoS 0 a broker passes on before it acknowledges, so that it takes nothing with it that the sink counts as sent.
    const received = await broker.subscribe("out", 0);
    const gate = cleanup.use(await Gate.to(broker.port));
    const gateway = cleanup.use(await GatewayChild.startSound(dataDir));
    await publishing(gateway, `mqtt://127.0.0.1:${gate.port}`);
    const stop = load(gateway);
    for (let kill = 0; kill < kills; kill++) {
      const enough = received.length + 1 + Math.floor(random() * messagesMax);
      await eventually(() => expect(received.length).toBeGreaterThan(enough));
      await sleep(random() * waitMsMax);
      await soundSink(gateway);
      gate.isOpen = false;
      await broker.kill();
      // Nobody takes anything: what comes in from now on waits on disk.
      const { messagesIn } = await soundSink(gateway);
      await sleep(random() * awayMsMax);
      await eventually(async () => {
        const sink = await soundSink(gateway);
        expect(sink.lastError).toBeDefined();
        expect(sink.queued).toBeGreaterThan(0);
        expect(sink.diskBytes).toBeGreaterThan(0);
        expect(sink.messagesIn).toBeGreaterThan(messagesIn);
      });
      // The subscriber is back before the sink is let in.
      await broker.start();
      gate.isOpen = true;
    }
    const count = await stop();
    await eventually(async () => {
      const { lastError, ...sink } = await soundSink(gateway);
      expect(sink).toMatchObject({ messagesIn: count, sent: count, queued: 0, recovered: 0, dropped: {} });
      expect(lastError).toBeUndefined();
    });
    const numbers = () => [...new Set(received.map(({ payload }) => payload.value))];
    await eventually(() => expect(numbers()).toHaveLength(count));
    expect(numbers()).toEqual(Array.from({ length: count }, (_, number) => number));
  },
);
