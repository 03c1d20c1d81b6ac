// What a driver sent, taken from a running gateway and run through a flow offline.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fuseDocument } from "./flows.ts";
import { eventually, flowfusion, GatewayProcess, simulator } from "./gateway-process.ts";

const document = {
  nodes: {
    in: { type: "tag_input", props: { tags: ["+/+/temp"] } },
    out: { type: "file", props: { path: "temps.jsonl" } },
  },
  wires: ["in.out -> out.in"],
};

let gateway: GatewayProcess;
let folder: string;
const file = (name: string) => path.join(folder, name);
const recorder = (...args: string[]) =>
  flowfusion("recorder", ...args, "--gateway", gateway.url, "--token", gateway.token);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-recorder-"));
  gateway = await GatewayProcess.start();
  const { digest } = await gateway.client.uploadArtefact((await fuseDocument(document)).wasm);
  await gateway.client.deployFlow(parseFlowName("temps"), { artefact: digest, expected: "absent" });
  await simulator("--push", gateway.ingest, "--rate", "20000", "--count", "3000");
  await eventually(async () => expect((await gateway.client.gateway()).ingest.tags).toBe(3000));
  await writeFile(file("graph.json"), JSON.stringify(document));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe("the recorder", () => {
  test("keeps what came in, and a flow run on its export does what the gateway did", async () => {
    const exported = await recorder("export", "-o", file("all.rec"));
    expect(exported).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringMatching(/: 3,000 updates, [\d,]+ bytes\n$/),
    });
    const simulated = await flowfusion("simulate", file("graph.json"), "--input", file("all.rec"), "--json");
    const live = await gateway.client.stats(parseFlowName("temps"));
    expect(JSON.parse(simulated.stdout)).toMatchObject({
      readings: 3000,
      unmatched: 3000 - live.messagesIn,
      sinks: [{ id: "out", messages: live.messagesIn }],
    });
    expect(live.messagesIn).toBeGreaterThan(0);
  });

  test("exports what one flow takes, and no more than was asked for", async () => {
    const { code, stdout: said } = await recorder(
      "export",
      "-o",
      file("few.rec"),
      "--flow",
      "temps",
      "--updates",
      "25",
    );
    expect(said).toMatch(/few\.rec: 25 updates, [\d,]+ bytes; --updates takes more, where there are\n$/);
    const { stdout } = await flowfusion("simulate", file("graph.json"), "--input", file("few.rec"), "--json");
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ readings: 25, unmatched: 0 })]);
  });

  test("exports nothing for a tag that did not come, as an empty file", async () => {
    const { stdout } = await recorder("export", "-o", file("none.rec"), "--tag", "nowhere", "--json");
    expect([JSON.parse(stdout).sizeBytes, await readFile(file("none.rec"), "utf8")]).toEqual([0, ""]);
  });

  test("tells how much it keeps", async () => {
    const { stdout } = await recorder("status", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ bytesMax: 4_194_304, skipped: 0 });
  });

  test.each([
    ["no output", ["export"], 2, "--output FILE is missing"],
    ["too many updates", ["export", "-o", "x", "--updates", "2000000"], 2, "1 to 1000000 expected"],
    ["a flow that is not there", ["export", "-o", "x", "--flow", "kiln"], 1, "FF_API_NOT_FOUND"],
    ["an argument too many", ["status", "now"], 2, "unexpected argument now"],
  ])("says what is wrong with %s", async (_, args, code, words) => {
    expect(await recorder(...args)).toMatchObject({ code, stderr: expect.stringContaining(words) });
  });

  test("asks for a token before it asks the gateway", async () => {
    const { code, stderr } = await flowfusion("recorder", "status", "--gateway", gateway.url);
    expect([code, stderr]).toEqual([2, expect.stringContaining("FLOWFUSION_TOKEN")]);
  });
});
