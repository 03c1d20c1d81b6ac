// The power goes at any moment: what a gateway acknowledged before is there after, and it starts. What it did to its disk is
// written down by strace and done again to a disk that keeps for certain what was synced, and of the rest what chance gives.

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { json } from "node:stream/consumers";
import { GatewayClient } from "@flowfusion/client";
import { type Digest, parseFlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { eventually } from "../system/gateway-process.ts";
import { GatewayChild } from "./child.ts";
import { bundleChild, type ChildBundle } from "./child-bundle.ts";
import { countAt, countingFlow } from "./counting-flow.ts";
import { Life } from "./power/cuts.ts";
import { traced } from "./power/journal.ts";

const boiler = parseFlowName("boiler");
const timeout = 600_000;
const readings = process.env.FLOWFUSION_TEST_LONG ? 6 : 2;
const historian = {
  kind: "http",
  url: "https://historian.example/in",
  username: "press",
  secrets: { password: "planted" },
} as const;

let bundle: ChildBundle;
let folder: string;
beforeAll(async () => {
  bundle = await bundleChild();
  folder = await mkdtemp(path.join(tmpdir(), "ff-power-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await bundle[Symbol.asyncDispose]();
});

function demandTracer(context: TestContext): void {
  if (spawnSync("strace", ["-D", "true"]).status !== 0) context.skip("strace is not installed, or may not trace here");
}

const placesOf = (name: string) => ({ dataDir: path.join(folder, name), trace: path.join(folder, `${name}.trace`) });

interface Acknowledged {
  readonly runs: { readonly artefact: Digest; readonly generation: number } | undefined;
  readonly artefacts: readonly Digest[];
  /** By a checkpoint that it told of. */
  readonly count: number;
  readonly token: string | undefined;
  readonly hasConnection: boolean;
}

test("what a gateway acknowledged is there, wherever the power goes", { timeout }, async (context) => {
  demandTracer(context);
  const { dataDir, trace } = placesOf("acknowledged");
  const nothing = { runs: undefined, artefacts: [], count: 0, token: undefined, hasConnection: false };
  const life = new Life<Acknowledged>(trace, nothing);
  await work(life, dataDir, trace);
  await life.forEachCut(dataDir, async (left, promised, underWay) => {
    await using gateway = await GatewayChild.startSound(left, bundle.script);
    const { client } = gateway;
    const flow = await client.getFlow(boiler);
    const runs = flow && { artefact: flow.artefact, generation: flow.generation };
    expect([promised.runs, underWay.runs]).toContainEqual(runs);
    for (const artefact of promised.artefacts) expect(await client.hasArtefact(artefact)).toBe(true);
    if (flow) {
      expect([flow.condition, flow.recovery?.refused ?? []]).toEqual(["running", []]);
      const atNs = BigInt(Date.now()) * 1_000_000n + 7n;
      gateway.feed(boiler, atNs);
      expect((await countAt(left, boiler, atNs)) - 1).toBeGreaterThanOrEqual(promised.count);
    }
    if (promised.hasConnection) {
      expect(await client.getConnection("historian")).toMatchObject({ secrets: ["password"] });
      // What the password was sealed with.
      const keyOf = (where: string) => readFile(path.join(where, "secret.key"), "utf8");
      expect(await keyOf(left)).toBe(await keyOf(dataDir));
    }
    if (promised.token !== undefined) {
      const ann = new GatewayClient({ endpoint: gateway.url, token: promised.token, retry: { attemptsMax: 1 } });
      expect((await ann.gateway()).storage).toMatchObject({ isWritable: true, checkpointsRefused: 0 });
    }
    expect(await client.auditVerdict()).toMatchObject({ isIntact: true });
  });
});

async function work(life: Life<Acknowledged>, dataDir: string, trace: string): Promise<void> {
  const variant = await countingFlow(boiler);
  await using gateway = await GatewayChild.startSound(dataDir, bundle.script, traced(trace));
  const { client } = gateway;
  let timestampNs = 1_000_000_000n;
  const count = async () => {
    gateway.feed(boiler, ++timestampNs);
    const counted = await countAt(dataDir, boiler, timestampNs);
    const sinceMs = Date.now();
    gateway.feed(boiler, ++timestampNs);
    await eventually(async () => {
      const { checkpoint } = await client.stats(boiler);
      expect(checkpoint?.savedAtMs ?? 0).toBeGreaterThanOrEqual(sinceMs);
    });
    await life.promise({ count: counted });
  };
  const deploy = async (generation: number) => {
    const { digest: artefact } = await client.uploadArtefact(variant(generation).wasm);
    await life.promise({ artefacts: [...life.promised.artefacts, artefact] });
    await client.deployFlow(boiler, { artefact, expected: generation === 1 ? "absent" : generation - 1 });
    await life.promise({ runs: { artefact, generation } });
  };
  await life.promise({});
  await deploy(1);
  await count();
  await client.putConnection("historian", { ...historian, expected: "absent" });
  await life.promise({ hasConnection: true });
  const { token } = await client.createToken({ name: "ann", role: "viewer" });
  await life.promise({ token });
  await deploy(2);
  await count();
}

/** Numbers of readings; the seconds of their timestamps. */
interface Sent {
  /** The sink has tried to send them, so they are on disk. */
  readonly tried: readonly number[];
  /** And with success, so that it owes them no more. */
  readonly delivered: readonly number[];
  /** The file sink has counted them as sent. */
  readonly written: readonly number[];
}

test("what sinks have on disk, as they were told to, is sent and is in the file, wherever the power goes", {
  timeout,
}, async (context) => {
  demandTracer(context);
  const { dataDir, trace } = placesOf("synced");
  await using historian = await Historian.start();
  const life = new Life<Sent>(trace, { tried: [], delivered: [], written: [] });
  await send(life, historian, dataDir, trace);
  historian.isTaking = true;
  await life.forEachCut(dataDir, async (left, { tried, written }, { delivered }) => {
    expect(await numbersIn(path.join(left, "output/line"))).toEqual(expect.arrayContaining([...written]));
    historian.taken.clear();
    await using _gateway = await GatewayChild.startSound(left, bundle.script);
    const owed = tried.filter((number) => !delivered.includes(number));
    await eventually(() => expect([...historian.taken]).toEqual(expect.arrayContaining(owed)));
  });
});

async function send(life: Life<Sent>, historian: Historian, dataDir: string, trace: string): Promise<void> {
  const { wasm } = await fuseDocument({
    nodes: {
      in: { type: "tag_input", props: { tags: ["boiler"] } },
      out: { type: "http", props: { url: historian.url, durability: "synced" } },
      file: { type: "file", props: { path: "line/kept.jsonl", fsync: "batch", rotateBytes: 150 } },
    },
    wires: ["in.out -> out.in", "in.out -> file.in"],
  });
  await using gateway = await GatewayChild.startSound(dataDir, bundle.script, traced(trace));
  const { digest: artefact } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(boiler, { artefact, expected: "absent" });
  for (let number = 1; number <= readings; number++) {
    historian.isTaking = false;
    gateway.feed("boiler", BigInt(number) * 1_000_000_000n);
    await eventually(() => expect(historian.tried).toContain(number));
    await life.promise({ tried: [...historian.tried] });
    historian.isTaking = true;
    await eventually(() => expect(historian.taken).toContain(number));
    await eventually(async () => {
      const { sinks } = await gateway.client.stats(boiler);
      expect(sinks.find(({ node }) => node === "file")?.sent).toBe(number);
    });
    await life.promise({ delivered: [...historian.taken], written: [...life.promised.written, number] });
  }
}

async function numbersIn(lines: string): Promise<number[]> {
  const names = await readdir(lines).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(path.join(lines, name), "utf8")));
  return [...texts.join("").matchAll(/"timestamp":"([^"]+)"/g)].map(([, timestamp]) => Date.parse(timestamp!) / 1000);
}

class Historian implements AsyncDisposable {
  readonly tried = new Set<number>();
  readonly taken = new Set<number>();
  isTaking = true;
  readonly #server = createServer(async (request, response) => {
    const messages = (await json(request)) as readonly { readonly timestamp: string }[];
    for (const { timestamp } of messages) {
      const number = Date.parse(timestamp) / 1000;
      this.tried.add(number);
      if (this.isTaking) this.taken.add(number);
    }
    response.writeHead(this.isTaking ? 200 : 503).end();
  });

  static async start(): Promise<Historian> {
    const historian = new Historian();
    await new Promise<void>((resolve) => historian.#server.listen(0, "127.0.0.1", resolve));
    return historian;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
