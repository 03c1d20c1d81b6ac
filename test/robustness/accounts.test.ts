// Each update is accounted for, to the last one, while drivers and their gateway are killed and stand still at random, and
// flows are swapped, rolled back, deleted and die:
//
//   what drivers sent          = what came in
//   what came in               = into the flow + waits + was dropped, by cause
//   into the flow              = out + dead letters + dropped by the breaker, of a flow that gives one message for each
//   out + found on disk        = sent + waits + was dropped, by cause, of a sink
//
// The first holds where no driver is killed: what such a one had sent since its last report nobody knows.

import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DriverStatus, FlowStats } from "@flowfusion/client";
import { fuse } from "@flowfusion/fusion";
import { passOn, watNode } from "@flowfusion/fusion/testkit";
import { type FlowName, parseFlowName, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { randomFrom } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { expect, test } from "vitest";
import { eventually, GatewayProcess } from "../system/gateway-process.ts";

const seeds = Array.from({ length: process.env.FLOWFUSION_TEST_LONG ? 10 : 1 }, (_, index) => index + 1);
const rounds = 2;
const actionsPerRound = 6;
const standsMsMax = 2_000;
const poison = 666;
const whole = parseFlowName("whole");
const other = parseFlowName("other");
const drivers = ["north", "south"] as const;

/** Takes some µs for each message, so that a rush is more than its queue holds. */
const slow = watNode(
  "slow",
  `(memory (export "memory") 1)
   (func $dawdle (local $turn i32)
     (loop $again
       (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
       (br_if $again (i32.lt_u (local.get $turn) (i32.const 12000)))))
   ${passOn(`(call $dawdle) (if (f64.eq (f64.load offset=8 (local.get $at)) (f64.const ${poison})) (then unreachable))`)}`,
);
const catalog = new Map([...(await builtinCatalog()), ["slow", slow] as const]);

const customSection = 0;

/** One message for each. `tags`: of its input nodes. Another version of the same graph is other bytes. */
async function artefact(flow: FlowName, version: number, ...tags: readonly string[]) {
  const subscribing = tags.map((tag, index) => [`in${index}`, { type: "tag_input", props: { tags: [tag] } }] as const);
  const out = { type: "file", props: { path: `${flow}.jsonl` } };
  const nodes = { ...Object.fromEntries(subscribing), slow: { type: "slow" }, out };
  const wires = [...subscribing.map(([id]) => `${id}.out -> slow.in`), "slow.out -> out.in"];
  const { wasm } = await fuse(resolveGraph(parseGraph({ nodes, wires }), catalog), catalog);
  const content = Buffer.from(`\x07version${version}`, "latin1");
  return new Uint8Array([...wasm, customSection, content.length, ...content]);
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, one) => all + one, 0);

function expectSound(stats: FlowStats): void {
  const { messagesIn, messagesOut, deadLetters, droppedByBreaker, dropped, input, sinks, name } = stats;
  const [sink] = sinks;
  expect(messagesOut + deadLetters + droppedByBreaker, `into ${name}`).toBe(messagesIn);
  expect(sink!.sent + sink!.queued + sum(sink!.dropped), `into the sink of ${name}`).toBe(
    messagesOut + sink!.recovered,
  );
  expect(dropped, `dropped by ${name}`).toBe(droppedByBreaker + sum(input.dropped) + sum(sink!.dropped));
}

class Plant implements AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly #flags: readonly string[];
  /** By hand, in this life of the gateway. */
  #pushed = 0;
  /** Of what drivers told in this life there is more than was read, or less. */
  #isDriverKilled = false;

  private constructor(gateway: GatewayProcess, flags: readonly string[]) {
    this.gateway = gateway;
    this.#flags = flags;
  }

  static async start(workers: number, ingest: string): Promise<Plant> {
    const flags = ["--workers", String(workers), "--ingest", `ipc://${ingest}?overload=drop`];
    return new Plant(await GatewayProcess.start(...flags), flags);
  }

  async deploy(flow: FlowName, wasm: Uint8Array<ArrayBuffer>): Promise<void> {
    const { client } = this.gateway;
    const { digest } = await client.uploadArtefact(wasm);
    const expected = (await client.getFlow(flow))?.generation ?? "absent";
    await client.deployFlow(flow, { artefact: digest, expected });
  }

  async rollBack(): Promise<void> {
    const { client } = this.gateway;
    const { generation } = (await client.getFlow(whole))!;
    await client.rollBack(whole, { expected: generation }).catch((error: { code: string }) => {
      expect(error.code).toBe("FF_DEPLOY_NO_VERSION");
    });
  }

  async remove(): Promise<void> {
    const flow = await this.gateway.client.getFlow(other);
    if (flow) await this.gateway.client.deleteFlow(other, { expected: flow.generation });
  }

  async push(...values: readonly number[]): Promise<void> {
    const push = dialPush({ address: this.gateway.ingest });
    const updates = values.map((value) => ({ tag: "by hand", timestampNs: 1n, quality: 0 as const, value }));
    push.send(encodeTagUpdateBatch({ source: "test", updates }));
    expect(await push.close()).toEqual({ framesUnsent: 0 });
    this.#pushed += values.length;
  }

  async run(isToRun: boolean): Promise<void> {
    const config = { updatesPerSecond: 5_000, tags: 70 };
    for (const name of drivers) {
      const expected = (await this.gateway.client.getDriver(name))?.generation ?? "absent";
      await this.gateway.client.putDriver(name, { kind: "simulator", config, enabled: isToRun }, { expected });
      if (isToRun) await this.#running(name);
    }
  }

  async pauseDriver(name: string, ms: number): Promise<void> {
    const { pid } = await this.#running(name);
    process.kill(pid!, "SIGSTOP");
    await sleep(ms);
    process.kill(pid!, "SIGCONT");
  }

  async killDriver(name: string): Promise<void> {
    const { pid, restarts } = await this.#running(name);
    this.#isDriverKilled = true;
    process.kill(pid!, "SIGKILL");
    await eventually(async () => expect((await this.gateway.client.getDriver(name))!.restarts).toBe(restarts + 1));
    await this.#running(name);
  }

  async pause(ms: number): Promise<void> {
    await this.gateway.freeze();
    await sleep(ms);
    this.gateway.thaw();
  }

  /** Its drivers write down what they had left, and the next gateway tells it. `standsMs`: it stood still so long before. */
  async kill(standsMs: number): Promise<void> {
    const running = await Promise.all(drivers.map((name) => this.#running(name)));
    if (standsMs > 0) await this.gateway.freeze();
    await sleep(standsMs);
    await this.gateway.end("SIGKILL");
    await eventually(() => expect(running.map(({ pid }) => isAlive(pid!))).toEqual(drivers.map(() => false)));
    const losses = await Promise.all(drivers.map((name) => this.#losses(name)));
    await this.gateway.start(...this.#flags);
    [this.#pushed, this.#isDriverKilled] = [0, false];
    const told = await Promise.all(drivers.map((name) => this.#running(name)));
    expect(told.map(({ unsent, inDoubt }) => ({ unsent, inDoubt }))).toEqual(losses);
  }

  async check(): Promise<readonly FlowStats[]> {
    const names = (await this.gateway.client.listFlows()).items.map(({ name }) => name);
    const stats = await Promise.all(names.map((name) => this.gateway.client.stats(name)));
    for (const one of stats) expectSound(one);
    return stats;
  }

  /** Drivers are told to stop, and all that they had sent comes to rest. */
  async rest(): Promise<void> {
    await this.run(false);
    const statuses = await Promise.all(drivers.map((name) => this.gateway.client.getDriver(name)));
    const left = await Promise.all(drivers.map((name) => this.#losses(name)));
    const updates = statuses.reduce((all, status) => all + status!.updates, this.#pushed);
    const lost = left.reduce((all, { unsent, inDoubt }) => all + unsent + inDoubt, 0);
    await eventually(async () => {
      const { messagesIn, input, sinks } = (await this.check()).find(({ name }) => name === whole)!;
      const tags = await this.#tags();
      expect([input.queued, sinks[0]!.queued]).toEqual([0, 0]);
      expect(messagesIn + sum(input.dropped), `into ${whole}`).toBe(tags);
      if (!this.#isDriverKilled) expect(tags + lost, "what came in").toBe(updates);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }

  #running(name: string): Promise<DriverStatus> {
    return eventually(async () => {
      const status = await this.gateway.client.getDriver(name);
      expect(status).toMatchObject({ state: "running", device: "connected" });
      return status!;
    });
  }

  async #losses(name: string): Promise<{ readonly unsent: number; readonly inDoubt: number }> {
    const text = await readFile(path.join(this.gateway.dataDir, "drivers", name, "losses.json"), "utf8").catch(
      () => "",
    );
    return text === "" ? { unsent: 0, inDoubt: 0 } : JSON.parse(text);
  }

  async #tags(): Promise<number> {
    const metrics = await (await this.gateway.request("GET", "/metrics")).text();
    return Number(/^flowfusion_ingest_tags_total (\d+)$/m.exec(metrics)![1]);
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.each(seeds)("each update is accounted for, whoever is killed or stands still, seed %i", async (seed) => {
  const random = randomFrom(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  await using folder = await mkdtempDisposable(path.join(tmpdir(), "ff-accounts-"));
  await using plant = await Plant.start(seed % 2 === 0 ? 2 : 1, path.join(folder.path, "drop.sock"));
  let version = 0;
  const actions: { readonly [name: string]: () => Promise<unknown> } = {
    "a driver stands still": () => plant.pauseDriver(pick(drivers), random() * standsMsMax),
    "a driver is killed": () => plant.killDriver(pick(drivers)),
    "the gateway stands still": () => plant.pause(random() * standsMsMax),
    "the gateway is killed": () => plant.kill(0),
    "the gateway is killed after it stood still": () => plant.kill(random() * standsMsMax),
    "a swap": async () => plant.deploy(whole, await artefact(whole, ++version, "#")),
    "a swap to other inputs": async () =>
      plant.deploy(other, await artefact(other, ++version, ...pick([["#"], ["boiler/#"], ["boiler/#", "line/#"]]))),
    "a roll back": () => plant.rollBack(),
    "a deletion": () => plant.remove(),
    "a poisoned message": () => plant.push(1, poison, 2),
    "many poisoned messages": () => plant.push(...Array(8).fill(poison), 3),
  };
  const history: string[] = [];
  try {
    await plant.deploy(whole, await artefact(whole, 0, "#"));
    for (let round = 0; round < rounds; round++) {
      await plant.run(true);
      for (let step = 0; step < actionsPerRound; step++) {
        const name = pick(Object.keys(actions));
        history.push(name);
        await actions[name]!();
        await plant.check();
      }
      history.push("rest");
      await plant.rest();
    }
  } catch (error) {
    throw new Error(`seed ${seed}, after ${history.join(", ")}: ${(error as Error).message}`, { cause: error });
  }
});
