// `npm run demo`: a Pulumi program becomes a running Flow.wasm, fed with 50,000 tags a second, and is changed under
// load. What is claimed at the end is counted at the sink.

import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { GatewayClient } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { Audit } from "./demo/audit.ts";
import { Child } from "./demo/child.ts";
import type { Summary, Swap } from "./demo/figures.ts";
import { Narrator } from "./demo/narrator.ts";
import { PulumiProject } from "./demo/pulumi-project.ts";

const help = `Usage: npm run demo -- [--rate N] [--keep] [--json]

Runs a gateway and a plant simulator, deploys the quickstart with Pulumi, changes it under load, and counts what the
sink got.

  --rate N updates a second (default: 50000)
  --keep   leave the gateway, the simulator and the Pulumi project running
  --json   print nothing but one JSON line with the figures
`;

const root = path.dirname(import.meta.dirname);
const steadyMs = 6_000;
const settleMs = 3_000;
const drainMsMax = 10_000;
const flowName = parseFlowName("boiler");

interface GatewayReady {
  readonly url: string;
  readonly console: string;
  readonly token: string;
  readonly ingest: readonly string[];
}

interface Demo {
  readonly folder: string;
  readonly gateway: Child;
  readonly ready: GatewayReady;
  readonly client: GatewayClient;
  readonly audit: Audit;
  readonly simulator: Child;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rate: { type: "string", default: "50000" },
      keep: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const narrator = new Narrator(values.json === true);
  const demo = await start(narrator, Number(values.rate));
  let isKept = false;
  try {
    const project = await PulumiProject.create(path.join(demo.folder, "quickstart"), (line) => narrator.quote(line));
    await deployFirst(demo, project, narrator);
    const steady = await watch(demo, narrator);
    const swapped = await changeUnderLoad(project, narrator);
    const summary = await settle(demo, steady, swapped, values.keep === true);
    narrator.summary(summary, swapped);
    if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    isKept = values.keep === true;
    if (isKept) keep(demo, project, narrator);
    return summary.lost + summary.doubled + summary.outOfOrder === 0 ? 0 : 1;
  } finally {
    if (!isKept) await stop(demo);
  }
}

async function start(narrator: Narrator, tagsPerSecond: number): Promise<Demo> {
  const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-demo-"));
  narrator.chapter("A gateway and a plant");
  const gateway = new Child("gateway", path.join(root, "cli/bin/flowfusion.mjs"), [
    "gateway",
    "--json",
    ...["--data", path.join(folder, "gateway")],
    ...["--http", "127.0.0.1:0"],
    ...["--ingest", "tcp://127.0.0.1:0"],
    ...["--health-gate", "2000"],
  ]);
  const said = await gateway.json<Omit<GatewayReady, "token"> & { readonly token?: string }>();
  // It says the token that it drew, and not one that it was given.
  const ready = { ...said, token: said.token ?? process.env.FLOWFUSION_TOKEN ?? "" };
  const audit = await Audit.listen();
  const simulator = new Child("simulator", path.join(root, "drivers/simulator/main.ts"), [
    ...["--push", ready.ingest[0]!],
    ...["--rate", String(tagsPerSecond)],
    "--json",
  ]);
  narrator.say(`gateway    ${ready.url}, drivers push to ${ready.ingest[0]}`);
  narrator.say(`simulator  350 tags, ${tagsPerSecond.toLocaleString("en")} updates/s, as protobuf over nng`);
  narrator.say(`audit      ${audit.address} gets every update that leaves the flow`);
  return {
    folder,
    gateway,
    ready,
    client: new GatewayClient({ endpoint: ready.url, token: ready.token }),
    audit,
    simulator,
  };
}

async function deployFirst({ ready, audit }: Demo, project: PulumiProject, narrator: Narrator): Promise<void> {
  await project.configure("endpoint", ready.url);
  await project.configure("token", ready.token, true);
  await project.configure("audit", audit.address);
  narrator.chapter("pulumi preview: fused here, before anything is uploaded");
  await project.preview();
  narrator.chapter("pulumi up");
  await project.up();
}

/** Counters and first messages of the running flow; gives the end-to-end latency while nothing else happens. */
async function watch({ audit, client, folder }: Demo, narrator: Narrator): Promise<number> {
  narrator.chapter("The flow runs");
  await waitFor(() => audit.received > 0, "the flow's first message");
  for (const { tag, value } of audit.first) narrator.say(`audit.nng        ${tag} = ${String(value)}`);
  await sleep(settleMs);
  audit.forgetLatencies();
  for (let elapsedMs = 0; elapsedMs < steadyMs; elapsedMs += 1000) {
    const before = audit.received;
    await sleep(1000);
    const { executeP50Us, executeP99Us } = await client.stats(flowName);
    narrator.counters({
      perSecond: audit.received - before,
      received: audit.received,
      executeP50Us,
      executeP99Us,
      endToEndP99Us: audit.latencyUs(99),
    });
  }
  const endToEndP99Us = audit.latencyUs(99);
  for (const file of ["warnings", "trends"])
    narrator.say(
      `${`${file}.jsonl`.padEnd(16)} ${await firstLine(path.join(folder, "gateway/output", `${file}.jsonl`))}`,
    );
  return endToEndP99Us;
}

async function changeUnderLoad(project: PulumiProject, narrator: Narrator): Promise<Swap> {
  narrator.chapter("One threshold changes: preview, then up, under load");
  await project.configure("threshold", "100");
  await project.preview({ diff: true });
  await project.up();
  return project.outputs<Swap>();
}

/** Stops the plant, or waits for what is under way while it goes on, and counts. */
async function settle(
  { simulator, client, audit }: Demo,
  endToEndP99Us: number,
  swapped: Swap,
  isKept: boolean,
): Promise<Summary> {
  await sleep(settleMs);
  const { executeP99Us } = await client.stats(flowName);
  const { rssBytes } = await client.gateway();
  const tagsIn = isKept ? await routedSoFar(client) : await sentInAll(simulator, client);
  await waitFor(() => audit.received >= tagsIn, "the last updates", { isRequired: false });
  const tagsOut = isKept ? Math.min(tagsIn, audit.received) : audit.received;
  return {
    tagsIn,
    tagsOut,
    lost: Math.max(0, tagsIn - tagsOut),
    doubled: audit.doubled,
    outOfOrder: audit.outOfOrder,
    swapPauseMs: Math.round(swapped.swapPauseMs * 1000) / 1000,
    flowExecP99Us: Math.round(executeP99Us),
    endToEndP99Us,
    gatewayRssMb: Math.round(rssBytes / 1024 / 1024),
    flowDigest: swapped.digest,
  };
}

/** What the simulator says it sent, less what came before there was a flow to take it. */
async function sentInAll(simulator: Child, client: GatewayClient): Promise<number> {
  const summary = simulator.json<{ sent: number }>();
  await simulator.stop();
  const { sent } = await summary;
  const { unrouted } = (await client.gateway()).ingest;
  return sent - unrouted;
}

async function routedSoFar(client: GatewayClient): Promise<number> {
  const { tags, unrouted } = (await client.gateway()).ingest;
  return tags - unrouted;
}

async function waitFor(isMet: () => boolean, what: string, { isRequired = true } = {}): Promise<void> {
  for (const endMs = performance.now() + drainMsMax; !isMet(); await sleep(20)) {
    if (performance.now() < endMs) continue;
    if (isRequired) throw new Error(`${what} did not come within ${drainMsMax / 1000} s`);
    return;
  }
}

async function firstLine(file: string): Promise<string> {
  await access(file).catch(() => sleep(1000));
  const text = await readFile(file, "utf8").catch(() => "");
  return text.slice(0, text.indexOf("\n")) || "nothing yet";
}

function keep({ gateway, simulator, ready, folder }: Demo, project: PulumiProject, narrator: Narrator): void {
  gateway.leave();
  simulator.leave();
  narrator.chapter("Left running");
  narrator.say(`gateway    ${ready.url}, token ${ready.token}, process ${gateway.process.pid}`);
  narrator.say(`console    ${ready.console}, sign in with that token`);
  narrator.say(`simulator  process ${simulator.process.pid}`);
  narrator.say(`program    ${project.folder}`);
  narrator.say(`stop all   kill ${gateway.process.pid} ${simulator.process.pid} && rm -r ${folder}`);
}

async function stop({ folder, gateway, simulator, audit }: Demo): Promise<void> {
  await simulator.stop();
  await gateway.stop();
  await audit.close();
  await rm(folder, { recursive: true, force: true });
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
