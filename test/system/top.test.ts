// flowfusion top against a gateway at work: once for a script, and live on a terminal, which `script` lends.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fuseDocument } from "./flows.ts";
import { eventually, flowfusion, GatewayProcess, type SimulatorRun, startSimulator } from "./gateway-process.ts";

const document = {
  nodes: {
    in: { type: "tag_input", props: { tags: ["#"] } },
    out: { type: "file", props: { path: "all.jsonl" } },
  },
  wires: ["in.out -> out.in"],
};

let gateway: GatewayProcess;
let simulator: SimulatorRun;
const access = () => ["--gateway", gateway.url, "--token", gateway.token];

beforeAll(async () => {
  gateway = await GatewayProcess.start();
  const { digest } = await gateway.client.uploadArtefact((await fuseDocument(document)).wasm);
  await gateway.client.deployFlow(parseFlowName("plant"), { artefact: digest, expected: "absent" });
  simulator = startSimulator("--push", gateway.ingest, "--rate", "2000");
  await eventually(async () => expect((await gateway.client.gateway()).ingest.tags).toBeGreaterThan(0));
});
afterAll(async () => {
  simulator.stop();
  await simulator.summary;
  await gateway[Symbol.asyncDispose]();
});

describe("flowfusion top", () => {
  test("gives a script what flows a second, as one JSON line", async () => {
    // It looks at half a second, in which a simulator that stands still sends nothing.
    await eventually(async () => {
      const { code, stdout } = await flowfusion("top", "--json", ...access());
      const { tagsPerS, flows } = JSON.parse(stdout);
      expect([code, flows.map(({ name }: { name: string }) => name)]).toEqual([0, ["plant"]]);
      expect(tagsPerS).toBeGreaterThan(0);
      expect(flows[0].inPerS).toBeGreaterThan(0);
    });
  });

  test("prints one flow node by node where there is no terminal", async () => {
    const { code, stdout } = await flowfusion("top", "plant", ...access());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^plant {2}running .*\n(.*\n)*Nodes\n(.*\n)*Sinks\n/)]);
  });

  test("shows a terminal the flows until q, and gives it back as it was", async (context) => {
    if (spawnSync("script", ["--version"]).error) context.skip("script (util-linux) is not installed");
    const cli = path.join(import.meta.dirname, "../../cli/dist/main.mjs");
    const command = [process.execPath, cli, "top", ...access()].join(" ");
    const terminal = spawn("script", ["-qec", `stty cols 120 rows 20; ${command}`, "/dev/null"]);
    let screen = "";
    let hasLeft = false;
    terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
      if (!hasLeft && /plant {2}.*running/.test(screen)) {
        hasLeft = true;
        terminal.stdin.write("q");
      }
    });
    const [code] = await once(terminal, "close");
    expect(code).toBe(0);
    expect(screen).toContain("\x1b[?1049h");
    expect(screen).toContain("\x1b[32mrunning\x1b[39m");
    expect(screen.trimEnd().endsWith("\x1b[?25h\x1b[?1049l")).toBe(true);
  });

  test.each([
    [["a", "b"], 2, "one FLOW expected"],
    [["--interval", "0"], 2, "1 to 3600 expected"],
    [["kiln", "--once"], 1, "FF_API_NOT_FOUND"],
  ])("says what is wrong with %j", async (args, code, words) => {
    expect(await flowfusion("top", ...args, ...access())).toMatchObject({
      code,
      stderr: expect.stringContaining(words),
    });
  });
});
