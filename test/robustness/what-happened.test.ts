// What a person looks at after something went wrong, dead letters and what became of deploys, outlives the process, however
// it ended, and never holds up what runs.

import { appendFile, mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DeadLetter } from "@flowfusion/client";
import { type FlowName, parseFlowName } from "@flowfusion/graph";
import { freePort } from "@flowfusion/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { eventually, flowfusion } from "../system/gateway-process.ts";
import { GatewayChild, token } from "./child.ts";
import { bundleChild, type ChildBundle } from "./child-bundle.ts";
import { countingFlow } from "./counting-flow.ts";

const boiler: FlowName = parseFlowName("boiler");
const variant = await countingFlow(boiler);
/** So little fuel that the flow dies of each message: less than a sixth of what one takes, more than six times a start. */
const starved = { limits: { fuelPerMessage: 1, fuelBurst: 300 }, healthGateMs: 0 };
let bundle: ChildBundle;
let dataDir: string;
let gateway: GatewayChild | undefined;
let clock: bigint;

beforeAll(async () => {
  bundle = await bundleChild();
});
afterAll(() => bundle[Symbol.asyncDispose]());

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "ff-happened-"));
  clock = 1_000_000_000n;
});

afterEach(async () => {
  await gateway?.[Symbol.asyncDispose]();
  gateway = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<GatewayChild> {
  gateway = await GatewayChild.startSound(dataDir, bundle.script);
  return gateway;
}

async function deploy(to: GatewayChild, number: number, expected: number | "absent", options = {}): Promise<void> {
  const { digest } = await to.client.uploadArtefact(variant(number).wasm);
  await to.client.deployFlow(boiler, { artefact: digest, expected, options });
}

/** The flow dies of so many messages more; gives all dead letters that are kept. */
async function die(of: GatewayChild, count: number): Promise<readonly DeadLetter[]> {
  const { deadLetters } = await of.client.stats(boiler);
  for (let message = 0; message < count; message++) of.feed(boiler, ++clock);
  await eventually(async () => expect((await of.client.stats(boiler)).deadLetters).toBe(deadLetters + count));
  return lettersOf(of);
}

const lettersOf = async (of: GatewayChild) => (await of.client.deadLetters(boiler)).items;
const deploymentsOf = async (of: GatewayChild) => (await of.client.deployments()).items;

const lettersFile = () => path.join(dataDir, "dead-letters", "boiler.journal");
const deploymentsFile = () => path.join(dataDir, "deployments.journal");

/** Files follow memory, and nobody waits for them. */
async function written(file: string, text: string): Promise<void> {
  await eventually(async () => expect(await readFile(file, "utf8")).toContain(text));
}

describe.each(["SIGKILL", "SIGTERM"] as const)("after %s", (signal) => {
  test("dead letters are there, with node, cause and message, to be replayed or thrown away", async () => {
    const before = await start();
    await deploy(before, 1, "absent", starved);
    const letters = await die(before, 3);
    expect(letters).toHaveLength(3);
    expect(await before.client.discardDeadLetters(boiler, [2])).toBe(1);
    await written(lettersFile(), '"taken":[2]');
    await before.end(signal);

    const after = await start();
    expect(await lettersOf(after)).toEqual(letters.filter(({ id }) => id !== 2));
    expect(await after.client.stats(boiler)).toMatchObject({ deadLetters: 0, deadLettersKept: 2 });
    expect((await die(after, 1)).map(({ id }) => id)).toEqual([1, 3, 4]);
    await deploy(after, 2, 1, { healthGateMs: 0 });
    expect(await after.client.replayDeadLetters(boiler, [1, 4])).toMatchObject({ replayed: 2, deadAgain: 0 });
    expect(await after.client.discardDeadLetters(boiler)).toBe(1);
  });

  test("what became of each deploy is there, with its events", async () => {
    const before = await start();
    await deploy(before, 1, "absent");
    await deploy(before, 2, 1, { healthGateMs: 0 });
    await expect(deploy(before, 3, 1)).rejects.toMatchObject({ code: "FF_API_PRECONDITION_FAILED" });
    await eventually(async () => expect((await deploymentsOf(before))[0]?.phase).toBe("failed"));
    const deployments = await deploymentsOf(before);
    expect(deployments.map(({ phase }) => phase)).toEqual(["failed", "healthy", "healthy"]);
    await written(deploymentsFile(), deployments[0]!.events.at(-1)!.text);
    await before.end(signal);
    const after = await start();
    expect(await deploymentsOf(after)).toEqual(deployments);
    expect(await after.client.deployment(deployments[0]!.id)).toEqual(deployments[0]);
  });

  test("a version that was on trial runs, and its deploy is told to be interrupted", async () => {
    const before = await start();
    await deploy(before, 1, "absent");
    await deploy(before, 2, 1, { healthGateMs: 600_000 });
    await eventually(async () => expect((await deploymentsOf(before))[0]?.phase).toBe("on_trial"));
    await written(deploymentsFile(), '"on_trial"');
    await before.end(signal);
    const after = await start();
    const [interrupted] = await deploymentsOf(after);
    expect(interrupted?.phase).toBe("interrupted");
    expect(interrupted?.events.at(-1)?.text).toMatch(/generation 2 was recorded, and runs without one/);
    expect(await after.client.getFlow(boiler)).toMatchObject({ generation: 2, condition: "running" });
    const events = [];
    for await (const event of after.client.followDeployment(interrupted!.id)) events.push(event);
    expect(events).toEqual(interrupted?.events);
  });
});

test("what waited on disk for a sink that the version on trial has not is removed at the start after a kill", async () => {
  const away = `http://127.0.0.1:${await freePort()}/`;
  const sendingTo = async (...sinks: readonly string[]) => {
    const { wasm } = await fuseDocument({
      nodes: {
        in: { type: "tag_input", props: { tags: [boiler] } },
        ...Object.fromEntries(sinks.map((sink) => [sink, { type: "http", props: { url: away } }])),
      },
      wires: sinks.map((sink) => `in.out -> ${sink}.in`),
    });
    return wasm;
  };
  const spools = async () => (await readdir(path.join(dataDir, "spool", boiler))).toSorted();
  const before = await start();
  const { digest: both } = await before.client.uploadArtefact(await sendingTo("kept", "removed"));
  await before.client.deployFlow(boiler, { artefact: both, expected: "absent" });
  before.feed(boiler, ++clock);
  await eventually(async () => expect(await spools()).toEqual(["kept", "removed"]));
  const { digest: one } = await before.client.uploadArtefact(await sendingTo("kept"));
  await before.client.deployFlow(boiler, { artefact: one, expected: 1, options: { healthGateMs: 600_000 } });
  expect(await spools()).toEqual(["kept", "removed"]);
  await before.end("SIGKILL");

  const after = await start();
  expect(await spools()).toEqual(["kept"]);
  await eventually(async () => {
    expect((await after.client.stats(boiler)).sinks).toMatchObject([{ node: "kept", queued: 1 }]);
  });
});

test("dead letters of a flow that was deleted are not those of the next of its name", async () => {
  const before = await start();
  await deploy(before, 1, "absent", starved);
  await die(before, 2);
  await written(lettersFile(), '"id":2');
  await before.client.deleteFlow(boiler, { expected: 1 });
  await deploy(before, 1, "absent", starved);
  expect(await lettersOf(before)).toEqual([]);
  await before.end("SIGKILL");
  expect(await lettersOf(await start())).toEqual([]);
});

test("files that are torn or are something else keep nothing from starting, and what is whole in them is there", async () => {
  const before = await start();
  await deploy(before, 1, "absent", starved);
  const letters = await die(before, 2);
  await before.end("SIGTERM");
  await appendFile(lettersFile(), "torn");
  await truncate(deploymentsFile(), 3);
  const after = await start();
  expect(await lettersOf(after)).toEqual(letters);
  expect(await deploymentsOf(after)).toEqual([]);
  await deploy(after, 2, 1, { healthGateMs: 0 });
  await after.end("SIGTERM");
  expect((await deploymentsOf(await start())).map(({ phase }) => phase)).toEqual(["healthy"]);
});

test("on a disk that is full they are kept in memory, which is told, and data flows on", async () => {
  const full = await start();
  await deploy(full, 1, "absent", starved);
  await full.arm({ point: "disk.write", action: "ENOSPC", hits: 1 });
  const letters = await die(full, 2);
  expect(letters).toHaveLength(2);
  await eventually(async () => expect((await full.client.stats(boiler)).deadLetterError).toContain("ENOSPC"));
  await full.arm({ point: "journal.append", action: "ENOSPC", hits: 1 });
  await deploy(full, 1, 1, { healthGateMs: 0 });
  await eventually(async () =>
    expect((await full.client.gateway()).storage.inMemoryAlone.at(-1)).toMatchObject({
      ...{ what: "deployments", reason: expect.stringContaining("ENOSPC") },
    }),
  );
  const metrics = await (await full.request("GET", "/metrics")).text();
  expect(metrics).toContain('flowfusion_in_memory_alone{what="deployments"} 1\n');
  expect(metrics).toContain('flowfusion_in_memory_alone{flow="boiler",what="dead_letters"} 1\n');
  const shown = await flowfusion("top", "--once", "--gateway", full.url, "--token", token);
  expect(shown.stdout).toMatch(
    /^in memory alone: .*dead letters of 1 flow, list of deploys, since the disk says .*ENOSPC/m,
  );
  await full.arm(undefined);
  await eventually(async () => {
    expect(await full.client.stats(boiler)).not.toHaveProperty("deadLetterError");
    expect((await full.client.gateway()).storage.inMemoryAlone).toEqual([]);
  });
  const deployments = await deploymentsOf(full);
  await written(lettersFile(), '"id":2');
  await full.end("SIGKILL");
  const after = await start();
  expect([await lettersOf(after), await deploymentsOf(after)]).toEqual([letters, deployments]);
});
