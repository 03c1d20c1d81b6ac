// Deploys against the real data plane: what fails leaves what ran running, with its state, and says at which step; what
// runs worse than before is rolled back.

import { truncate } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { DeploymentEvent, FlowStatus, GatewayError } from "@flowfusion/client";
import { type Digest, type NodeModule, sha256 } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { upTo } from "./dataplane/testkit/test-plane.ts";
import {
  counterNode,
  hostileNode,
  poison,
  refusesConfigure,
  refusesState,
  trapsInConfigure,
} from "./dataplane/testkit/wat-nodes.ts";
import { armFailpoint, disarmFailpoints, failpointCells } from "./failpoints.ts";
import { boiler, LiveGateway } from "./testkit/live-gateway.ts";

const failpoints = failpointCells();
let live: LiveGateway;
beforeAll(async () => {
  live = await LiveGateway.start({ failpoints });
});
afterAll(() => live[Symbol.asyncDispose]());

const counter = { type: "counter" };
const upload = (node: Parameters<LiveGateway["flow"]>[0], ...modules: readonly NodeModule[]) =>
  live.upload(live.flow(node), ...modules);

/** What the sink has got of the flow. */
const values = () => live.receiver.valuesFrom(boiler);

/** Deploys the counter afresh; it has counted to 2. */
async function begin(): Promise<FlowStatus> {
  const before = await live.client.getFlow(boiler);
  if (before) await live.client.deleteFlow(boiler, { expected: before.generation });
  live.receiver.clear();
  const artefact = await upload(counter, counterNode());
  const status = await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  live.pushValues(10, 20);
  await eventually(() => expect(values()).toEqual([1, 2]));
  return status;
}

describe("a deploy that fails leaves what ran running, with its state, and says why:", () => {
  const otherCounter = (node: NodeModule) => () => upload(counter, node);
  const cases: readonly {
    readonly title: string;
    readonly step: string;
    readonly code: string;
    readonly says: RegExp;
    readonly artefact: () => Promise<Digest>;
    readonly options?: object;
    /** What is wrong with the gateway itself; gives what mends it. */
    readonly fault?: () => () => void;
  }[] = [
    {
      title: "the artefact was not uploaded",
      ...{ step: "read", code: "FF_DEPLOY_ARTEFACT_UNKNOWN", says: /has no artefact/ },
      artefact: async () => sha256(Uint8Array.of(1)),
    },
    {
      title: "the artefact was damaged on disk",
      ...{ step: "read", code: "FF_STORE_CORRUPT", says: /bytes that hash to/ },
      async artefact() {
        const digest = await live.upload(live.flow({ type: "scale", props: { factor: 3 } }));
        await truncate(join(live.dataDir, "artefacts", `${digest.slice(7)}.wasm`), 100);
        return digest;
      },
    },
    {
      title: "it is to run node by node, and modules are missing",
      ...{ step: "read", code: "FF_DEVELOPMENT_MODULES", says: /3 of 3 modules/ },
      artefact: () => upload({ type: "scale" }),
      options: { development: true },
    },
    {
      title: "it asks for more than is granted",
      ...{ step: "meter", code: "FF_DEPLOY_LIMITS", says: /9999 asked for, 256 granted/ },
      artefact: otherCounter(counterNode()),
      options: { limits: { maxPagesPerMemory: 9_999 } },
    },
    {
      title: "its memory at start is larger than it may be",
      ...{ step: "meter", code: "FF_ARTEFACT_LIMIT", says: /pages at start, 1 allowed/ },
      artefact: otherCounter(counterNode()),
      options: { limits: { maxPagesPerMemory: 1 } },
    },
    {
      title: "a node refuses its properties",
      ...{ step: "swap", code: "FF_FLOW_CONFIGURE", says: /node: never mind/ },
      artefact: () => upload({ type: "refuses_configure" }, refusesConfigure),
    },
    {
      title: "a node traps while it is configured",
      ...{ step: "swap", code: "FF_FLOW_TRAP", says: /nodes.node: trap/ },
      artefact: () => upload({ type: "traps_in_configure" }, trapsInConfigure),
    },
    {
      title: "a node refuses the state",
      ...{ step: "swap", code: "FF_FLOW_STATE_REFUSED", says: /not mine/ },
      artefact: otherCounter(refusesState),
    },
    {
      title: "a node traps while it takes the state",
      ...{ step: "swap", code: "FF_FLOW_TRAP", says: /nodes.node: trap/ },
      artefact: otherCounter(counterNode({ load: "unreachable" })),
    },
    {
      title: "a node never comes back from taking the state",
      ...{ step: "swap", code: "FF_FLOW_TRAP", says: /nodes.node: fuel/ },
      artefact: otherCounter(counterNode({ load: "(loop $again (br $again)) (i32.const 64)" })),
    },
    {
      title: "a sink's path leads out of its folder",
      ...{ step: "swap", code: "FF_DEPLOY_SINK", says: /escaped/ },
      async artefact() {
        const document = live.flow(counter);
        const out = { type: "file", props: { path: "../escaped" } };
        return live.upload({ ...document, nodes: { ...document.nodes, out } }, counterNode());
      },
    },
    {
      title: "the store cannot record it",
      ...{ step: "commit", code: "FF_DEPLOY_COMMIT", says: /ENOSPC.*generation \d+ was put back/ },
      artefact: () => upload({ type: "scale", props: { factor: 7 } }),
      fault() {
        armFailpoint(failpoints, "commit.inside", "ENOSPC");
        return () => disarmFailpoints(failpoints);
      },
    },
  ];

  test.each(cases)("$title", async ({ step, code, says, artefact, options, fault }) => {
    const before = await begin();
    const digest = await artefact();
    const mend = fault?.();
    const expected = before.generation;
    const deploying = live.client.deployFlow(boiler, { artefact: digest, expected, ...(options && { options }) });
    await expect(deploying).rejects.toMatchObject({ code, step, message: expect.stringMatching(says) });
    mend?.();
    const { swap, deployment, ...running } = before;
    expect(await live.client.getFlow(boiler)).toEqual(running);
    const [failed] = (await live.client.deployments({ limit: 1 })).items;
    expect(failed).toMatchObject({ flow: boiler, phase: "failed" });
    expect(failed?.events.at(-1)).toMatchObject({ code, step, text: expect.stringMatching(says) });
    live.pushValues(30);
    await eventually(() => expect(values()).toEqual([1, 2, 3]));
  });
});

test("a deletion that the disk takes no word of leaves the flow as it is, with its state", async () => {
  const { generation: expected } = await begin();
  armFailpoint(failpoints, "disk.write", "ENOSPC");
  const refused = { code: "FF_STORE_WRITE", status: 507 };
  await expect(live.client.deleteFlow(boiler, { expected })).rejects.toMatchObject(refused);
  disarmFailpoints(failpoints);
  live.pushValues(30);
  await eventually(() => expect(values()).toEqual([1, 2, 3]));
});

describe("a dry run", () => {
  beforeEach(begin);

  test("tells what would become of each node's state, and changes nothing", async () => {
    const running = await live.client.getFlow(boiler);
    const same = await live.client.dryRun(boiler, { artefact: await upload(counter, counterNode()) });
    expect(same).toMatchObject({ generation: running?.generation, state: { kept: ["node"], migrated: [], reset: [] } });
    expect(same.stateBytes).toBeGreaterThan(8);
    const other = await live.client.dryRun(boiler, { artefact: await upload({ type: "scale" }) });
    const why = "its type changed from counter to scale";
    expect(other.state).toEqual({ kept: [], migrated: [], reset: [{ node: "node", why }] });
    expect(await live.client.getFlow(boiler)).toEqual(running);
    live.pushValues(30);
    await eventually(() => expect(values()).toEqual([1, 2, 3]));
  });

  test("of a flow that does not exist begins without state", async () => {
    const running = (await live.client.listFlows()).items.length;
    const artefact = await upload(counter, counterNode());
    const result = await live.client.dryRun("kiln" as typeof boiler, { artefact });
    expect(result).toMatchObject({ artefact, stateBytes: 0, state: { kept: [], migrated: [], reset: [] } });
    expect(result.generation).toBeUndefined();
    expect((await live.client.listFlows()).items).toHaveLength(running);
  });

  test.each([
    ["refuses the state", refusesState, "FF_FLOW_STATE_REFUSED"],
    ["traps on the state", counterNode({ load: "unreachable" }), "FF_FLOW_TRAP"],
  ])("is refused as the deploy would be when a node %s", async (_, node, code) => {
    const artefact = await upload(counter, node);
    await expect(live.client.dryRun(boiler, { artefact })).rejects.toMatchObject({ code, step: "swap" });
    live.pushValues(30);
    await eventually(() => expect(values()).toEqual([1, 2, 3]));
  });
});

describe("on trial", () => {
  /** Long enough that no test runs into its end. */
  const longGate = { healthGateMs: 60_000 };

  async function followed(id: string | undefined): Promise<DeploymentEvent[]> {
    const events: DeploymentEvent[] = [];
    for await (const event of live.client.followDeployment(id!)) events.push(event);
    return events;
  }

  test("a version that traps is rolled back with its state, and the cause is recorded", async () => {
    const before = await begin();
    const hostile = { ...live.flow(counter), nodes: { ...live.flow(counter).nodes, evil: { type: "hostile" } } };
    const wires = ["in.out -> node.in", "node.out -> out.in", "in.out -> evil.in"];
    const artefact = await live.upload({ ...hostile, wires }, counterNode(), hostileNode);
    const status = await live.client.deployFlow(boiler, { artefact, expected: before.generation, options: longGate });
    expect(status.generation).toBe(before.generation + 1);
    live.pushValues(30);
    await eventually(() => expect(values()).toEqual([1, 2, 3]));
    const following = followed(status.deployment);
    live.pushValues(poison);
    const events = await following;
    expect(events.map(({ phase }) => phase)).toEqual(["deploying", "deploying", "on_trial", "rolled_back"]);
    expect(events.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(events[2]).toMatchObject({ trialMs: longGate.healthGateMs });
    const why = expect.stringMatching(
      /with the state that it left: 1 trap in .* s \(the last: node evil crashed\), 0 allowed; 0 traps in/,
    );
    expect(events.at(-1)).toMatchObject({ code: "FF_DEPLOY_UNHEALTHY", step: "health", text: why });

    const after = await live.client.getFlow(boiler);
    expect(after).toMatchObject({
      ...{ generation: before.generation + 2, artefact: before.artefact, deployedBy: "health gate" },
      note: expect.stringMatching(/^1 trap in/),
    });
    const [version] = (await live.client.versions(boiler, { limit: 1 })).items;
    expect(version).toMatchObject({ action: "rollback", rolledBackTo: before.generation, note: after?.note });
    // What the gateway has put back is no version to go back to, unless it is named.
    await expect(live.client.rollBack(boiler, { expected: before.generation + 2 })).rejects.toMatchObject({
      code: "FF_DEPLOY_NO_VERSION",
    });
    live.pushValues(40);
    // Three were counted, the poison killed the new version before its checkpoint was a second old.
    await eventually(() => expect(values().at(-1)).toBeGreaterThanOrEqual(3));
    expect((await live.client.deadLetters(boiler)).items).toMatchObject([{ node: "evil", message: { value: poison } }]);
  });

  test("a version is told to be on trial, and until when, as long as it is", async () => {
    const { generation } = await begin();
    const artefact = await live.upload(live.flow(counter), counterNode());
    const onTrial = await live.client.deployFlow(boiler, { artefact, expected: generation, options: longGate });
    for await (const { phase, at } of live.client.followDeployment(onTrial.deployment!)) {
      if (phase !== "on_trial") continue;
      const trialUntil = new Date(Date.parse(at) + longGate.healthGateMs).toISOString();
      expect(await live.client.getFlow(boiler)).toMatchObject({ trialUntil });
      expect((await live.client.listFlows()).items).toMatchObject([{ trialUntil }]);
      break;
    }
    const options = { healthGateMs: 0 };
    const { generation: expected } = onTrial;
    await live.client.deployFlow(boiler, { artefact, expected, options, wait: "healthy" });
    expect(await live.client.getFlow(boiler)).not.toHaveProperty("trialUntil");
  });

  test("a deploy that waits for the trial is told that it failed", async () => {
    const before = await begin();
    const artefact = await live.upload(live.flow({ type: "hostile" }), hostileNode);
    const deploying = live.client.deployFlow(boiler, {
      ...{ artefact, expected: before.generation, options: longGate, wait: "healthy" },
    });
    const failed = deploying.then(
      () => undefined,
      (error: GatewayError) => error,
    );
    await eventually(async () => expect((await live.client.getFlow(boiler))?.artefact).toBe(artefact));
    live.pushValues(poison);
    expect(await failed).toMatchObject({ code: "FF_DEPLOY_UNHEALTHY", status: 409, step: "health" });
    expect((await live.client.getFlow(boiler))?.artefact).toBe(before.artefact);
  });

  test("a version that gives nothing any more stays, which is told, unless output was asked to be judged", async () => {
    const before = await begin();
    const silent = await live.upload(live.flow({ type: "filter", props: { op: ">", value: 1e9 } }, "pass"));
    const send = () => live.pushValues(...Array.from({ length: 50 }, (_, index) => index));
    send();
    await eventually(() => expect(values()).toHaveLength(52));
    // All the while, so that some of it comes during the trial, however late the machine is with it.
    const deploy = async (options: object, expected: number) => {
      const sending = setInterval(send, 100);
      try {
        const gate = { healthGateMs: 2_000, ...options };
        return await live.client.deployFlow(boiler, { artefact: silent, expected, options: gate, wait: "healthy" });
      } finally {
        clearInterval(sending);
      }
    };
    const why = /0 messages out, where the version before would have given [1-9]/;
    const judged = { healthThresholds: { outputRatioMin: 0.1 } };
    await expect(deploy(judged, before.generation)).rejects.toMatchObject({ message: expect.stringMatching(why) });
    const { length } = values();
    send();
    await eventually(() => expect(values().length).toBeGreaterThan(length));
    const stays = await deploy({}, before.generation + 2);
    expect(stays).toMatchObject({ artefact: silent, condition: "running" });
    expect((await live.client.deployments({ limit: 1 })).items[0]).toMatchObject({
      phase: "healthy",
      events: expect.arrayContaining([expect.objectContaining({ text: expect.stringMatching(why) })]),
    });
  });

  /** The events of a deploy that was rolled back, and what runs now: the version before. */
  async function rolledBack(deployment: string | undefined, before: FlowStatus): Promise<DeploymentEvent> {
    const events = await followed(deployment);
    const now = before.generation + 2;
    expect(events.at(-1)).toMatchObject({
      ...{ phase: "rolled_back", generation: now, code: "FF_DEPLOY_UNHEALTHY", step: "health" },
    });
    const after = await live.client.getFlow(boiler);
    expect(after).toMatchObject({ generation: now, artefact: before.artefact, deployedBy: "health gate" });
    expect(events.at(-1)?.text).toContain(after?.note);
    return events.at(-1)!;
  }

  test("a version that is much slower is rolled back with its state at the end of its trial, and that is said", async () => {
    const before = await begin();
    let pushed = values().length;
    const pushOne = async (waitingMax: number) => {
      live.pushValues(1);
      pushed++;
      await eventually(() => expect(pushed - values().length).toBeLessThanOrEqual(waitingMax));
    };
    // One message is one call, where none is pushed before the last one has come out.
    while (pushed < 50) await pushOne(0);
    const artefact = await upload(counter, counterNode({ roots: 1_000_000 }));
    const options = { healthGateMs: 6_000 };
    const { deployment } = await live.client.deployFlow(boiler, { artefact, expected: before.generation, options });
    let event: DeploymentEvent | undefined;
    const following = rolledBack(deployment, before).then((last) => {
      event = last;
    });
    // And where what waits is so slow that each gets a slice of its own.
    while (!event) await Promise.race([pushOne(10), following]);
    expect(event.text).toMatch(
      /with the state that it left: half of the calls take \d{4,} µs or more, \d{4,} µs allowed; \d+ µs before$/,
    );
    await pushOne(0);
    expect(values()).toEqual(upTo(pushed, 1));
  });

  test("a version whose sink loses what it is given is rolled back at once with its state, and that is said", async () => {
    const server = createServer((_, response) => response.writeHead(400).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const before = await begin();
      const { nodes, wires } = live.flow(counter);
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
      const lossy = {
        nodes: { ...nodes, more: { type: "http", props: { url } } },
        wires: [...wires, "node.out -> more.in"],
      };
      const artefact = await live.upload(lossy, counterNode());
      const deploying = { artefact, expected: before.generation, options: longGate };
      const { deployment } = await live.client.deployFlow(boiler, deploying);
      live.pushValues(...upTo(20));
      const { text } = await rolledBack(deployment, before);
      expect(text).toMatch(/with the state that it left: \S+ % of messages dropped, 1 % allowed; 0 % before$/);
      live.pushValues(30);
      await eventually(() => expect(values()).toEqual(upTo(23, 1)));
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("a version whose breaker drops is rolled back at once also where its traps are allowed, with its state", async () => {
    const before = await begin();
    const { nodes, wires } = live.flow(counter);
    const evil = { nodes: { ...nodes, evil: { type: "hostile" } }, wires: [...wires, "in.out -> evil.in"] };
    const artefact = await live.upload(evil, counterNode(), hostileNode);
    const options = { ...longGate, healthThresholds: { trapsMax: 1_000 } };
    const { deployment } = await live.client.deployFlow(boiler, { artefact, expected: before.generation, options });
    live.pushValues(...Array<number>(5).fill(poison), ...upTo(20));
    const { text } = await rolledBack(deployment, before);
    expect(text).toMatch(/with the state that it left: \S+ % of messages dropped, 1 % allowed; 0 % before$/);
    live.pushValues(30);
    await eventually(async () => {
      const { droppedByBreaker, ...stats } = await live.client.stats(boiler);
      expect(stats).toMatchObject({ condition: "running", traps: 5, messagesIn: 28 });
      expect(droppedByBreaker).toBeGreaterThanOrEqual(10);
      // None when the gate looked once all had come. The state is that of the swap: what came since was poison.
      const passed = 20 - droppedByBreaker;
      expect(values()).toEqual(upTo(2 + passed + 1, 1));
    });
  });

  test("a version that another one follows is superseded", async () => {
    const before = await begin();
    const [second, third] = [await upload({ type: "scale" }), await upload({ type: "scale", props: { factor: 2 } })];
    const options = longGate;
    const first = await live.client.deployFlow(boiler, { artefact: second, expected: before.generation, options });
    const following = followed(first.deployment);
    await live.client.deployFlow(boiler, { artefact: third, expected: first.generation, options });
    expect((await following).at(-1)).toMatchObject({ phase: "superseded" });
    expect((await live.client.getFlow(boiler))?.artefact).toBe(third);
  });

  test("a deploy that waits for nothing is answered with where to follow it", async () => {
    const before = await begin();
    const artefact = await upload({ type: "scale" });
    const response = await live.request("PUT", "/v1/flows/boiler?wait=none", {
      headers: { "if-match": `"${before.generation}"` },
      body: JSON.stringify({ artefact }),
    });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    expect(response.headers.get("location")).toBe(`/v1/deployments/${id}`);
    const events = await followed(id);
    expect(events.at(-1)).toMatchObject({ phase: "healthy", generation: before.generation + 1 });
    expect((await live.client.deployment(id)).events).toEqual(events);
  });
});

test("of a hundred deploys at once one wins each round, and the rest are told so", async () => {
  let { generation } = await begin();
  const factors = Array.from({ length: 10 }, (_, index) => index + 1);
  const artefacts = await Promise.all(factors.map((factor) => upload({ type: "scale", props: { factor } })));
  for (let round = 0; round < 3; round++) {
    const attempts = Array.from({ length: 100 }, (_, index) =>
      live.client.deployFlow(boiler, { artefact: artefacts[index % 10]!, expected: generation }),
    );
    const outcomes = await Promise.allSettled(attempts);
    const winners = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const codes = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
    expect(winners).toHaveLength(1);
    expect(codes).toHaveLength(99);
    // Beyond the 64 that may wait, one is turned away at once; either way nothing was done.
    expect(codes.filter((code) => code !== "FF_API_PRECONDITION_FAILED" && code !== "FF_API_BUSY")).toEqual([]);
    const running = await live.client.getFlow(boiler);
    expect(running).toMatchObject({ generation: generation + 1, artefact: winners[0]?.artefact });
    expect((await live.client.stats(boiler)).digest).toBe(running?.artefact);
    generation++;
  }
});
