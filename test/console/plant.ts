// A gateway with its console, a simulated plant that pushes to it, and flows: what the console shows in its tests.

import type { FlowOptions, FlowStatus, GatewayClient } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import type { Page } from "playwright-core";
import { type Document, fuseDocument } from "../system/flows.ts";
import { eventually, GatewayProcess } from "../system/gateway-process.ts";

/** Eight nodes between the tags of a boiler house and two sinks. */
export const boilerHouse: Document = {
  nodes: {
    temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
    spread: { type: "fan_out" },
    celsius: { type: "scale", props: { offset: 0.5 } },
    hot: { type: "filter", props: { op: ">", value: 90 } },
    route: { type: "switch", props: { cases: [{ op: ">", value: 110 }] } },
    average: { type: "agg", props: { op: "avg", size: 100, topic: "boiler/average" } },
    alarms: { type: "file", props: { path: "alarms.jsonl" } },
    trends: { type: "file", props: { path: "trends.jsonl" } },
  },
  wires: [
    "temps.out -> spread.in",
    "spread.out1 -> celsius.in",
    "celsius.out -> hot.in",
    "hot.pass -> route.in",
    "route.case1 -> alarms.in",
    "spread.out2 -> average.in",
    "average.out -> trends.in",
  ],
};

export const pumps: Document = {
  nodes: {
    speeds: { type: "tag_input", props: { tags: ["pump/+/speed"] } },
    slow: { type: "deadband", props: { band: 5 } },
    log: { type: "file", props: { path: "pumps.jsonl" } },
  },
  wires: ["speeds.out -> slow.in", "slow.out -> log.in"],
};

export const fragileFlow: Document = {
  nodes: {
    temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
    copy: { type: "fan_out" },
    log: { type: "file", props: { path: "fragile.jsonl" } },
  },
  wires: ["temps.out -> copy.in", "copy.out1 -> log.in"],
};

export async function signInAt(page: Page, url: string, path: string, token: string): Promise<void> {
  await page.goto(`${url}/console${path}`);
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Console" }).waitFor();
}

export class Plant implements AsyncDisposable {
  readonly gateway: GatewayProcess;

  private constructor(gateway: GatewayProcess) {
    this.gateway = gateway;
  }

  /** A gateway without flows; `run` adds some. */
  static async start(...flags: readonly string[]): Promise<Plant> {
    return new Plant(await GatewayProcess.start(...flags));
  }

  get client(): GatewayClient {
    return this.gateway.client;
  }

  async deploy(name: string, document: Document, options: FlowOptions = {}): Promise<FlowStatus> {
    const flow = parseFlowName(name);
    const { wasm, digest } = await fuseDocument(document);
    await this.client.uploadArtefact(wasm);
    const running = await this.client.getFlow(flow);
    return this.client.deployFlow(flow, { artefact: digest, expected: running?.generation ?? "absent", options });
  }

  /** A small flow of its own. */
  deployPumps(name: string): Promise<FlowStatus> {
    return this.deploy(name, pumps);
  }

  /** A flow that runs in its second version. */
  async deployEdited(name = "edited"): Promise<void> {
    await this.deploy(name, pumps);
    await this.deploy(name, { ...pumps, nodes: { ...pumps.nodes, slow: { type: "deadband", props: { band: 7 } } } });
  }

  /** A flow that is granted too little fuel for any message, and dies of each: a fifth of what one takes, five times a start. */
  async deployFragile(): Promise<void> {
    await this.deploy("fragile", fragileFlow, { limits: { fuelPerMessage: 1, fuelBurst: 50 } });
    const flow = parseFlowName("fragile");
    await eventually(async () => {
      const { deadLettersKept } = await this.client.stats(flow);
      if (deadLettersKept < 3) throw new Error(`${deadLettersKept} dead letters so far`);
    });
  }

  /** A simulated plant and two flows, at work. */
  async run(updatesPerSecond = 5_000): Promise<void> {
    await this.deploy("boiler", boilerHouse);
    await this.deploy("pumps", pumps);
    await this.client.putDriver("plant", { kind: "simulator", config: { updatesPerSecond } }, { expected: "absent" });
    await eventually(async () => {
      const { messagesIn } = await this.client.stats(parseFlowName("boiler"));
      if (messagesIn === 0) throw new Error("nothing comes in yet");
    });
  }

  /** Opens a page of the console and signs in there. */
  signIn(page: Page, path = "/flows", token = this.gateway.token): Promise<void> {
    return signInAt(page, this.gateway.url, path, token);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }
}
