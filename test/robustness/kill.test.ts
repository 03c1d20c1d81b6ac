// kill -9 at every failpoint: what the gateway acknowledged before must be there after, and what it did not acknowledge
// must be there whole or not at all. A model of the gateway is followed through random operations until the process dies;
// the process that is started to look at what is left serves until the next death.
//
// A round dies once at each point, each time with a seed of its own, which is printed where it fails. One round runs by
// itself, seven with FLOWFUSION_TEST_LONG=1; FLOWFUSION_TEST_KILL_ROUNDS=0-199 names the first and the last, so that long
// runs can be split and a failure be run again.

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Failpoint, failpointNames } from "@flowfusion/engine";
import { eventually, randomFrom } from "@flowfusion/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayChild } from "./child.ts";
import { bundleChild, type ChildBundle } from "./child-bundle.ts";
import { countingFlow } from "./counting-flow.ts";
import { GatewayModel, type Operation, operations } from "./gateway-model.ts";

/** Met while the gateway starts, not while it serves. */
const pointsAtStart: ReadonlySet<Failpoint> = new Set(["migration.step", "migration.commit", "restore.flow"]);
const operationsMax = 12;
const everything: readonly Operation[] = [
  "deploy",
  "feed",
  "deploy",
  "remove",
  "deploy",
  "feed",
  "deploy",
  "remove",
  "feed",
  "backup",
  "backup",
];
/** A restore is a process of its own: see restore-kill.test.ts. */
const points = failpointNames.filter((point) => !point.startsWith("unpack."));
const [firstRound, lastRound] = rounds(process.env.FLOWFUSION_TEST_KILL_ROUNDS);
const flows = { boiler: await countingFlow("boiler"), kiln: await countingFlow("kiln") };
/** Takes the first flow. */
const first = () => 0;

let bundle: ChildBundle;
let dataDir: string;
let model: GatewayModel;
let gateway: GatewayChild | undefined;

beforeAll(async () => {
  bundle = await bundleChild();
  await begin();
});
afterAll(async () => {
  await end();
  await bundle[Symbol.asyncDispose]();
});

const startSound = (): Promise<GatewayChild> => GatewayChild.startSound(dataDir, bundle.script);

async function begin(): Promise<void> {
  dataDir = await mkdtemp(path.join(tmpdir(), "ff-kill-"));
  model = new GatewayModel(dataDir, flows);
}

async function end(): Promise<void> {
  await gateway?.[Symbol.asyncDispose]();
  gateway = undefined;
  await rm(dataDir, { recursive: true, force: true });
}

function rounds(asked: string | undefined): [first: number, last: number] {
  if (!asked) return process.env.FLOWFUSION_TEST_LONG ? [0, 6] : [0, 0];
  const match = /^(\d+)-(\d+)$/.exec(asked);
  if (!match) throw new Error(`FLOWFUSION_TEST_KILL_ROUNDS is "${asked}", which is not FIRST-LAST, as 0-199`);
  return [Number(match[1]), Number(match[2])];
}

const cases = Array.from({ length: (lastRound - firstRound + 1) * points.length }, (_, index) => {
  const seed = firstRound * points.length + index;
  return [points[seed % points.length]!, seed] as const;
});

/** A death that is given up goes on meanwhile, and takes the next with it: on a machine that is busy it may take its time. */
const timeout = 300_000;
test.each(cases)("what was acknowledged survives kill -9 at %s, seed %i", { timeout }, async (point, seed) => {
  const random = randomFrom(seed);
  model.history.length = 0;
  try {
    if (pointsAtStart.has(point)) await dieAtStart(point);
    else await dieInService(point, random);
    gateway = await startSound();
    await model.compare(gateway);
    expect((await gateway.client.gateway()).storage).toMatchObject({ isWritable: true, checkpointsRefused: 0 });
    for (const folder of [".", "artefacts", "checkpoints"]) {
      // The gateway serves, so a file that is being written now may have its first name still; one left behind keeps it.
      await eventually(async () => {
        const names = await readdir(path.join(dataDir, folder));
        expect(names.filter((name) => name.endsWith(".part"))).toEqual([]);
      });
    }
  } catch (error) {
    const history = model.history.join(", ");
    await end();
    await begin();
    throw new Error(`seed ${seed}, killed at ${point}, after ${history}`, { cause: error });
  }
});

async function dieInService(point: Failpoint, random: () => number): Promise<void> {
  const serving = gateway ?? (await startSound());
  for (const operation of ["deploy", "feed"] as const) {
    expect(await model.apply(serving, operation, first), operation).toBe("acknowledged");
  }
  await serving.arm({ point, action: "kill", hits: 1 + Math.floor(random() * 2) });
  const drawn = Array.from({ length: operationsMax }, () => operations[Math.floor(random() * operations.length)]!);
  let isDead = false;
  for (const operation of drawn) isDead ||= (await model.apply(serving, operation, random)) === "unknown";
  // Between them these come to every point, twice.
  for (const operation of everything) isDead ||= (await model.apply(serving, operation, first)) === "unknown";
  expect(isDead, "the failpoint was reached").toBe(true);
  expect(await serving.ended).toBe("SIGKILL");
  await serving[Symbol.asyncDispose]();
}

/** A schema is made in an empty folder, so the migration's points take one. */
async function dieAtStart(point: Failpoint): Promise<void> {
  if (point === "restore.flow") {
    gateway ??= await startSound();
    await model.apply(gateway, "deploy", first);
    await gateway[Symbol.asyncDispose]();
  } else {
    await end();
    await begin();
  }
  expect(await GatewayChild.start(dataDir, { point, action: "kill", hits: 1 }, bundle.script)).toBe("SIGKILL");
}
