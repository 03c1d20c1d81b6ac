// What a gateway must be, told by what it has acknowledged. An operation whose answer was lost has happened or has not;
// the next look at the gateway decides which, and it must be one of the two.

import type { FlowStatus } from "@flowfusion/client";
import { GatewayError } from "@flowfusion/client";
import { type Digest, type FlowName, parseFlowName } from "@flowfusion/graph";
import { expect } from "vitest";
import { eventually } from "../system/gateway-process.ts";
import type { GatewayChild } from "./child.ts";
import { type CountingArtefact, countAt } from "./counting-flow.ts";

export const operations = ["deploy", "deploy", "feed", "feed", "remove", "rollback", "upload", "backup"] as const;
export type Operation = (typeof operations)[number];

/** What a flow runs; undefined when there is none. */
type Runs = { readonly artefact: Digest; readonly generation: number } | undefined;

interface FlowModel {
  readonly name: FlowName;
  readonly variant: (variant: number) => CountingArtefact;
  runs: Runs;
  /** What it runs if an operation that was not acknowledged took effect. */
  maybe: Runs | "nothing pending";
  /** The count is at least this, by a checkpoint that was seen, and at most that, by what was sent. */
  confirmed: number;
  sent: number;
}

export class GatewayModel {
  readonly history: string[] = [];
  readonly #dataDir: string;
  readonly #flows: readonly FlowModel[];
  readonly #uploaded = new Set<Digest>();
  readonly #run: { readonly [name in Operation]: (gateway: GatewayChild, flow: FlowModel) => Promise<unknown> } = {
    deploy: (gateway, flow) => this.#deploy(gateway, flow),
    feed: (gateway, flow) => this.#feed(gateway, flow),
    remove: (gateway, flow) => this.#remove(gateway, flow),
    rollback: (gateway, flow) => this.#rollback(gateway, flow),
    upload: (gateway, flow) => this.#upload(gateway, flow),
    backup: (gateway) => gateway.client.backup(),
  };
  #variants = 0;
  #clock = 1_000_000_000n;

  constructor(dataDir: string, flows: { readonly [name: string]: FlowModel["variant"] }) {
    this.#dataDir = dataDir;
    this.#flows = Object.entries(flows).map(([name, variant]) => {
      const counts = { confirmed: 0, sent: 0 };
      return { name: parseFlowName(name), variant, runs: undefined, maybe: "nothing pending", ...counts };
    });
  }

  /** `unknown`: the gateway gave no answer. */
  async apply(gateway: GatewayChild, operation: Operation, random: () => number): Promise<"acknowledged" | "unknown"> {
    const flow = this.#flows[Math.floor(random() * this.#flows.length)]!;
    this.history.push(`${operation} ${flow.name}`);
    try {
      await this.#run[operation](gateway, flow);
      return "acknowledged";
    } catch (error) {
      const isSilence = error instanceof GatewayError && error.code === "FF_GATEWAY_UNREACHABLE";
      if (!isSilence) throw error;
      this.history.push("no answer");
      return "unknown";
    }
  }

  /** Throws where the gateway is not what it must be; what was open is then decided. */
  async compare(gateway: GatewayChild): Promise<void> {
    const { items } = await gateway.client.listFlows();
    for (const flow of this.#flows) {
      const found = items.find(({ name }) => name === flow.name);
      this.#settle(flow, found);
      if (found) await this.#compareState(gateway, flow, found);
    }
    for (const digest of this.#uploaded) expect(await gateway.client.hasArtefact(digest), digest).toBe(true);
  }

  #settle(flow: FlowModel, found: FlowStatus | undefined): void {
    const actual = found && { artefact: found.artefact, generation: found.generation };
    const allowed = flow.maybe === "nothing pending" ? [flow.runs] : [flow.runs, flow.maybe];
    expect(allowed, `${flow.name} runs`).toContainEqual(actual);
    if (!actual || !flow.runs) Object.assign(flow, { confirmed: 0, sent: 0 });
    flow.runs = actual;
    flow.maybe = "nothing pending";
  }

  async #compareState(gateway: GatewayChild, flow: FlowModel, found: FlowStatus): Promise<void> {
    expect([found.condition, found.recovery?.refused ?? []]).toEqual(["running", []]);
    const restored = (await this.#feedOne(gateway, flow)) - 1;
    expect(restored, `count of ${flow.name}`).toBeGreaterThanOrEqual(flow.confirmed);
    expect(restored, `count of ${flow.name}`).toBeLessThanOrEqual(flow.sent);
    flow.sent = restored + 1;
  }

  async #feedOne(gateway: GatewayChild, flow: FlowModel): Promise<number> {
    const at = ++this.#clock;
    gateway.feed(flow.name, at);
    flow.sent++;
    return Promise.race([countAt(this.#dataDir, flow.name, at), gateway.ended.then(() => Promise.reject(silence()))]);
  }

  /** The first reading is certainly in a checkpoint that is saved after it came out; the second makes one be saved. */
  async #feed(gateway: GatewayChild, flow: FlowModel): Promise<void> {
    if (!flow.runs) return;
    const count = await this.#feedOne(gateway, flow);
    const countedAtMs = Date.now();
    await this.#feedOne(gateway, flow);
    const failure = await eventually(async () => {
      const stats = await gateway.client.stats(flow.name).catch((error: unknown) => error as GatewayError);
      if (stats instanceof Error) return stats;
      if ((stats.checkpoint?.savedAtMs ?? 0) < countedAtMs) throw new Error("the count is not in a checkpoint yet");
      return undefined;
    });
    if (failure) throw failure;
    flow.confirmed = count;
  }

  async #upload(gateway: GatewayChild, flow: FlowModel): Promise<CountingArtefact> {
    const artefact = flow.variant(++this.#variants);
    await gateway.client.uploadArtefact(artefact.wasm);
    this.#uploaded.add(artefact.digest);
    return artefact;
  }

  async #deploy(gateway: GatewayChild, flow: FlowModel): Promise<void> {
    const { digest: artefact } = await this.#upload(gateway, flow);
    const before = await gateway.client.versions(flow.name).catch(() => undefined);
    const generation = (before?.items[0]?.generation ?? 0) + 1;
    flow.maybe = { artefact, generation };
    await gateway.client.deployFlow(flow.name, { artefact, expected: flow.runs?.generation ?? "absent" });
    if (!flow.runs) Object.assign(flow, { confirmed: 0, sent: 0 });
    flow.runs = flow.maybe;
    flow.maybe = "nothing pending";
  }

  async #rollback(gateway: GatewayChild, flow: FlowModel): Promise<void> {
    if (!flow.runs) return;
    const artefact = await artefactBefore(gateway, flow.name, flow.runs.generation);
    if (artefact) flow.maybe = { artefact, generation: flow.runs.generation + 1 };
    const rolledBack = gateway.client.rollBack(flow.name, { expected: flow.runs.generation });
    if (!artefact) return demandRefusal(rolledBack, "FF_DEPLOY_NO_VERSION");
    await rolledBack;
    flow.runs = { artefact, generation: flow.runs.generation + 1 };
    flow.maybe = "nothing pending";
  }

  async #remove(gateway: GatewayChild, flow: FlowModel): Promise<void> {
    if (!flow.runs) return;
    flow.maybe = undefined;
    await gateway.client.deleteFlow(flow.name, { expected: flow.runs.generation });
    Object.assign(flow, { runs: undefined, maybe: "nothing pending", confirmed: 0, sent: 0 });
  }
}

/** What a roll back goes to: each goes further back than the one before. Undefined where nothing ran there, or nothing is kept. */
async function artefactBefore(gateway: GatewayChild, flow: FlowName, runs: number): Promise<Digest | undefined> {
  const { items } = await gateway.client.versions(flow);
  const byGeneration = new Map(items.map((version) => [version.generation, version]));
  let origin = runs;
  for (let to: number | undefined = runs; to !== undefined; to = byGeneration.get(to)?.rolledBackTo) origin = to;
  return byGeneration.get(origin - 1)?.artefact;
}

async function demandRefusal(request: Promise<unknown>, code: string): Promise<void> {
  const outcome = await request.catch((error: unknown) => error);
  if (outcome instanceof GatewayError && outcome.code === code) return;
  throw outcome instanceof Error ? outcome : new Error(`acknowledged what is to be refused with ${code}`);
}

const silence = (): GatewayError => new GatewayError("FF_GATEWAY_UNREACHABLE", "the gateway died", { endpoint: "" });
