// The gateways of three plants, for tests of fleets.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Deployment, type FlowStatus, GatewayClient } from "@flowfusion/client";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { freePort } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { expect } from "vitest";
import { PulumiProject } from "./pulumi-project.ts";

export const plants = ["pilot", "kiln", "harbour"] as const;
export type Plant = (typeof plants)[number];

const boiler = parseFlowName("boiler");

interface Site {
  readonly dataDir: string;
  readonly gateway: Gateway;
  readonly client: GatewayClient;
}

const token = "fleet-test-token-0123456789abcdef0123456789abcdef";

/** Each has a flow `boiler` once a fleet has been deployed. */
export class Sites implements AsyncDisposable {
  readonly token = token;
  readonly #sites: Readonly<Record<Plant, Site>>;

  private constructor(sites: Readonly<Record<Plant, Site>>) {
    this.#sites = sites;
  }

  static async open(): Promise<Sites> {
    const sites = await Promise.all(plants.map(async (plant) => [plant, await openSite()] as const));
    return new Sites(Object.fromEntries(sites) as Record<Plant, Site>);
  }

  urlOf(plant: Plant): string {
    return this.#sites[plant].gateway.url;
  }

  flowAt(plant: Plant): Promise<FlowStatus | undefined> {
    return this.#sites[plant].client.getFlow(boiler);
  }

  /** The flows' thresholds, plant by plant. */
  thresholds(): Promise<unknown[]> {
    return Promise.all(plants.map(async (plant) => (await this.flowAt(plant))?.graph.nodes.hot?.props?.value));
  }

  async newestAt(plant: Plant): Promise<Deployment> {
    return (await this.#sites[plant].client.deployments({ limit: 1 })).items[0]!;
  }

  closeGateway(plant: Plant): Promise<void> {
    return this.#sites[plant].gateway.close();
  }

  /** Feeds one plant with hot readings while `work` goes on. */
  async feeding<T>(plant: Plant, work: () => Promise<T>): Promise<T> {
    const push = dialPush({ address: this.#sites[plant].gateway.addresses[0]! });
    const timer = setInterval(() => {
      const reading = { tag: "boiler/1/temp", quality: 0 as const, value: 200 };
      const updates = [{ ...reading, timestampNs: BigInt(Date.now()) * 1_000_000n }];
      push.send(encodeTagUpdateBatch({ source: "test", updates }));
    }, 50);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await push.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      Object.values(this.#sites).map(async ({ gateway, dataDir }) => {
        await gateway.close();
        await rm(dataDir, { recursive: true });
      }),
    );
  }
}

/** What a preview says, without its order. */
export const namesOf = (steps: readonly { readonly op: string; readonly urn: string }[]): string[] =>
  steps.map(({ op, urn }) => `${op} ${PulumiProject.nameOf(urn)}`).sort();

/** The fleet of `examples/fleet` is up; a threshold that is not overridden at the kiln changes, first in the pilot plant. */
export async function expectChangeInWaves(sites: Sites, project: PulumiProject): Promise<void> {
  expect(await sites.thresholds()).toEqual([90, 160, 90]);
  expect(await project.preview()).toEqual([]);

  await project.succeed(["config", "set", "threshold", "95"]);
  const steps = await project.preview();
  expect(namesOf(steps)).toEqual([
    "update Flow boiler/harbour",
    "update Flow boiler/pilot",
    "update Node boiler/harbour/hot",
    "update Node boiler/pilot/hot",
  ]);
  expect(steps.find(({ urn }) => urn.endsWith("Flow::boiler/harbour"))!.detailedDiff).toEqual({
    "nodes.hot.props.value": { kind: "update", inputDiff: true },
  });

  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await sites.thresholds()).toEqual([95, 160, 95]);
  const [pilot, harbour] = [await sites.newestAt("pilot"), await sites.newestAt("harbour")];
  const text = expect.stringMatching(/^healthy for [\d.]+ s$/);
  expect(pilot.events.at(-1)).toMatchObject({ phase: "healthy", text });
  expect(Date.parse(harbour.events[0]!.at)).toBeGreaterThanOrEqual(Date.parse(pilot.events.at(-1)!.at));
}

async function openSite(): Promise<Site> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-fleet-"));
  const log = { level: "silent" } as const;
  const http = { host: "127.0.0.1", port: await freePort() };
  const gateway = await startGateway({ dataDir, token, http, ingest: ["tcp://127.0.0.1:0"], log });
  return { dataDir, gateway, client: new GatewayClient({ endpoint: gateway.url, token }) };
}
