// The guide to watching shows `flowfusion top` and `flowfusion doctor` as they are: on a gateway with a driver that works, one
// whose device is silent, a flow that works, and one that broke.

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fuse, loadModule } from "@flowfusion/fusion";
import { parseFlowName, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { type PulumiEnvironment, pulumiEnvironment } from "@flowfusion/tools";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { tripModule } from "./bad-modules.ts";
import { type Document, Receiver } from "./flows.ts";
import { eventually, GatewayProcess } from "./gateway-process.ts";
import { holdScreen } from "./screens.ts";
import { hasTerminals, onTerminal, type TerminalOptions } from "./terminal.ts";

const guide = "docs/guides/watch.md";
const cli = path.join(import.meta.dirname, "../../cli/dist/main.mjs");
const inputs = { in: { type: "tag_input", props: { tags: ["boiler/+/temp", "pump/#", "line/#"] } } };

let cleanup: AsyncDisposableStack;
let gateway: GatewayProcess;
let pulumi: PulumiEnvironment;

beforeAll(async () => {
  cleanup = new AsyncDisposableStack();
  gateway = cleanup.use(await GatewayProcess.start());
  const home = await mkdtemp(path.join(tmpdir(), "flowfusion-watch-"));
  cleanup.defer(() => rm(home, { recursive: true }));
  pulumi = await pulumiEnvironment({ home, backendDir: home });
  const receiver = cleanup.use(await Receiver.start());
  await deploy("boiler", {
    nodes: {
      ...inputs,
      hot: { type: "filter", props: { op: ">", value: 50 } },
      out: { type: "nng", props: { address: receiver.address } },
    },
    wires: ["in.out -> hot.in", "hot.pass -> out.in"],
  });
  await deploy("kiln", {
    nodes: { ...inputs, trip: { type: "trip" }, out: { type: "file", props: { path: "kiln.jsonl" } } },
    wires: ["in.out -> trip.in", "trip.out -> out.in"],
  });
  const mute = createServer((socket) => socket.on("error", () => {}).resume());
  mute.listen(0, "127.0.0.1");
  await once(mute, "listening");
  cleanup.defer(() => void mute.close());
  const tags = [{ tag: "press/force", address: 14, type: "float32" }];
  const { port } = mute.address() as AddressInfo;
  const press = { host: "127.0.0.1", port, silenceMs: 500, groups: [{ pollIntervalMs: 100, tags }] };
  await gateway.client.putDriver("press", { kind: "modbus", config: press }, { expected: "absent" });
  await gateway.client.putDriver("plant", { kind: "simulator", config: {} }, { expected: "absent" });
  await eventually(async () => {
    expect(await gateway.client.getDriver("press")).toMatchObject({ device: "silent", lastError: expect.anything() });
    expect(await gateway.client.getDriver("plant")).toMatchObject({ state: "running", device: "connected" });
    expect(await gateway.client.getFlow(parseFlowName("kiln"))).toMatchObject({
      ...{ condition: "broken", reason: "node trip crashed; the dead letters tell on what" },
    });
    expect(receiver.updates.length).toBeGreaterThan(0);
  });
});
afterAll(() => cleanup.disposeAsync());
beforeEach((context) => {
  if (!hasTerminals()) context.skip("script (util-linux) is not installed");
});

async function deploy(name: string, document: Document): Promise<void> {
  const catalog = new Map([...(await builtinCatalog()), ["trip", await loadModule(tripModule)] as const]);
  const { wasm } = await fuse(resolveGraph(parseGraph(document), catalog), catalog);
  const { digest } = await gateway.client.uploadArtefact(Uint8Array.from(wasm));
  await gateway.client.deployFlow(parseFlowName(name), { artefact: digest, expected: "absent" });
}

const onGateway = (command: string, options: TerminalOptions = {}) =>
  onTerminal(`${process.execPath} ${cli} ${command}`, {
    ...options,
    env: { ...pulumi.env, FLOWFUSION_ENDPOINT: gateway.url, FLOWFUSION_TOKEN: gateway.token },
  });

/** Counts and rates. */
const counts = /\b\d[\d,.]*\b/g;
/** The device is silent to a request, or to the connection. */
const silence = /(unit 1, holding 14 to 15: )?no answer w[^\n]*/g;

test("what `flowfusion top` shows is in the guide", async () => {
  const hasRates = (screen: string) => /^plant .*running +connected +[1-9]/m.test(screen);
  const { code, screen } = await onGateway("top", { leave: { when: hasRates, keys: "q" } });
  expect(code).toBe(0);
  await holdScreen(guide, "top", screen, { varying: [/\bgateway [0-9a-f]{8}/g, silence, counts] });
});

test("what `flowfusion top` shows of one flow is in the guide", async () => {
  const hasRates = (screen: string) => /^ *hot .*[1-9]/m.test(screen);
  const { code, screen } = await onGateway("top boiler", { leave: { when: hasRates, keys: "q" } });
  expect(code).toBe(0);
  await holdScreen(guide, "top-flow", screen, { varying: [counts] });
});

test("what `flowfusion doctor` finds is in the guide", async () => {
  const { code, screen } = await onGateway("doctor");
  expect(code).toBe(1);
  // The first lines are about the machine, which is another than the reader's too.
  const varying = [
    /^(. Node\.js|. Pulumi CLI|. compilers) [^\n]*(\n(?![✓!✗])[^\n]*)*/gm,
    /[\d,]+ MB free/g,
    silence,
    counts,
  ];
  const places = [
    [gateway.url, "http://127.0.0.1:7480"],
    [gateway.ingest, "tcp://127.0.0.1:7481"],
  ] as const;
  await holdScreen(guide, "doctor", screen, { places, varying });
});
