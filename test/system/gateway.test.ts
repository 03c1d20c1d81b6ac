// A gateway and a driver, both processes of their own, from the deploy of a flow to what arrives at its sink.

import { parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fuseDocument, passing, Receiver } from "./flows.ts";
import { eventually, flowfusion, GatewayProcess, simulator, startSimulator } from "./gateway-process.ts";

const plant = parseFlowName("plant");
let gateway: GatewayProcess;
let receiver: Receiver;

beforeEach(async () => {
  [gateway, receiver] = await Promise.all([GatewayProcess.start(), Receiver.start()]);
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function deploy(inner: Parameters<typeof passing>[1][], expected: number | "absent") {
  const { wasm } = await fuseDocument(passing(receiver.address, ...inner));
  const { digest } = await gateway.client.uploadArtefact(wasm);
  return gateway.client.deployFlow(plant, { artefact: digest, expected });
}

const copy = ["copy", "fan_out", "out1"] as const;

describe("a gateway", () => {
  test("brings what a driver sends to the sink, counts it, and shows the counters as metrics", async () => {
    expect(await deploy([copy], "absent")).toMatchObject({ generation: 1, condition: "running" });
    const { sent, dropped } = await simulator("--push", gateway.ingest, "--rate", "20000", "--count", "5000");
    expect({ sent, dropped }).toEqual({ sent: 5000, dropped: 0 });
    await eventually(() => expect(receiver.updates).toHaveLength(5000));
    expect(receiver.faults()).toEqual({ doubled: 0, outOfOrder: 0 });
    const stats = await gateway.client.stats(plant);
    expect(stats).toMatchObject({
      ...{ condition: "running", messagesIn: 5000, messagesOut: 5000, traps: 0, deadLetters: 0 },
      nodes: [
        { node: "copy", messagesIn: 5000, messagesOut: [5000, 5000, 5000, 5000] },
        { node: "in", messagesIn: 5000 },
        { node: "out", messagesIn: 5000 },
      ],
      sinks: [{ node: "out", kind: "nng", sent: 5000, dropped: {} }],
    });
    expect((await gateway.client.gateway()).ingest).toMatchObject({ tags: 5000, unrouted: 0 });
    const metrics = await (await gateway.request("GET", "/metrics")).text();
    expect(metrics.split("\n")).toEqual(
      expect.arrayContaining([
        'flowfusion_flow_condition{flow="plant",condition="running"} 1',
        'flowfusion_flow_messages_in_total{flow="plant"} 5000',
        'flowfusion_node_messages_in_total{flow="plant",node="copy"} 5000',
        'flowfusion_sink_sent_total{flow="plant",node="out",kind="nng"} 5000',
        "flowfusion_ingest_tags_total 5000",
      ]),
    );
  });

  test("swaps versions under load, and nothing is lost, doubled or out of order", async () => {
    const first = await deploy([copy], "absent");
    const second = await deploy([], first.generation);
    const artefacts = [first.artefact, second.artefact];
    const driver = startSimulator("--push", gateway.ingest, "--rate", "40000");
    let { generation } = second;
    for (let swap = 0; swap < 50; swap++) {
      const received = receiver.updates.length;
      const artefact = artefacts[swap % 2]!;
      ({ generation } = await gateway.client.deployFlow(plant, { artefact, expected: generation }));
      await eventually(() => expect(receiver.updates.length).toBeGreaterThan(received));
    }
    driver.stop();
    const { sent, dropped } = await driver.summary;
    expect(dropped).toBe(0);
    await eventually(() => expect(receiver.updates).toHaveLength(sent));
    expect(receiver.faults()).toEqual({ doubled: 0, outOfOrder: 0 });
    expect(await gateway.client.stats(plant)).toMatchObject({ messagesIn: sent, messagesOut: sent, traps: 0 });
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "comes back after %s with the last deploy that it acknowledged",
    async (signal) => {
      const first = await deploy([copy], "absent");
      const second = await deploy([], first.generation);
      // The answer is the acknowledgement: from here on it must be there.
      const third = await gateway.client.deployFlow(plant, { artefact: first.artefact, expected: second.generation });
      expect(await gateway.end(signal)).toBe(signal === "SIGTERM" ? 0 : "SIGKILL");
      await gateway.start();
      const { items } = await gateway.client.listFlows();
      const { swap, deployment, ...recorded } = third;
      expect([swap, deployment]).toEqual([expect.anything(), expect.any(String)]);
      expect(items).toEqual([recorded]);
      await simulator("--push", gateway.ingest, "--rate", "20000", "--count", "1000");
      await eventually(() => expect(receiver.updates).toHaveLength(1000));
      const { items: versions } = await gateway.client.versions(plant);
      expect(versions.map(({ generation, artefact }) => [generation, artefact])).toEqual([
        [3, first.artefact],
        [2, second.artefact],
        [1, first.artefact],
      ]);
    },
  );

  test.each(["SIGTERM", "SIGHUP"] as const)(
    "brings what had come in to the sinks before it ends by %s",
    async (signal) => {
      await deploy([], "absent");
      await simulator("--push", gateway.ingest, "--rate", "100000", "--count", "20000");
      await eventually(async () => expect((await gateway.client.stats(plant)).messagesIn).toBe(20_000));
      expect(await gateway.end(signal)).toBe(0);
      await eventually(() => expect(receiver.updates).toHaveLength(20_000));
    },
  );

  test("runs flows on as many threads as it is told to, and drops nothing that they have room for", async () => {
    await using own = await GatewayProcess.start("--workers", "2", "--ingest", "tcp://127.0.0.1:0?overload=drop");
    const { wasm } = await fuseDocument(passing(receiver.address, copy));
    const { digest: artefact } = await own.client.uploadArtefact(wasm);
    const names = ["one", "two", "three"].map(parseFlowName);
    for (const name of names) await own.client.deployFlow(name, { artefact, expected: "absent" });
    await simulator("--push", own.ingest, "--rate", "20000", "--count", "5000");
    await eventually(async () => {
      for (const name of names) {
        expect(await own.client.stats(name)).toMatchObject({ messagesIn: 5000, input: { queued: 0, dropped: {} } });
      }
    });
    await eventually(() => expect(receiver.updates).toHaveLength(15_000));
  });

  test("ends with an exit code and a reason when it cannot start", async () => {
    const taken = await flowfusion(
      "gateway",
      "--data",
      gateway.dataDir,
      "--http",
      "127.0.0.1:0",
      "--ingest",
      "tcp://127.0.0.1:0",
    );
    expect(taken).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("FF_STORE_LOCKED") });
    const busy = await flowfusion("gateway", "--http", "127.0.0.1:0", "--ingest", gateway.ingest);
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining("FF_TRANSPORT_LISTEN") });
    expect(busy.stderr).toContain(gateway.ingest);
  });
});
