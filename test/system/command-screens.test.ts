// Commands that need neither Pulumi nor a flow that runs, as the guides show them.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { messageJson } from "@flowfusion/graph";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { holdScreen } from "./screens.ts";
import { hasTerminals, onTerminal, type TerminalOptions } from "./terminal.ts";

const cli = path.join(import.meta.dirname, "../../cli/dist/main.mjs");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "flowfusion-screens-"));
  await writeFile(path.join(folder, "now.json"), JSON.stringify(watching({ op: ">", value: 90 })));
  await writeFile(path.join(folder, "next.json"), JSON.stringify(watching({ op: ">", value: 95 })));
  const start = BigInt(Date.parse("2026-01-31T12:00:00Z")) * 1_000_000n;
  const readings = [91, 96, 50, 99].map((value, index) => ({
    topic: index === 3 ? "pump/1" : "boiler/1",
    timestampNs: start + BigInt(index) * 1_000_000_000n,
    quality: 0 as const,
    value,
  }));
  await writeFile(path.join(folder, "day.jsonl"), readings.map((reading) => `${messageJson(reading)}\n`).join(""));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach((context) => {
  if (!hasTerminals()) context.skip("script (util-linux) is not installed");
});

const watching = (hot: object) => ({
  nodes: {
    temps: { type: "tag_input", props: { tags: ["boiler/+"] } },
    hot: { type: "filter", props: hot },
    alarms: { type: "file", props: { path: "alarms.jsonl" } },
  },
  wires: ["temps.out -> hot.in", "hot.pass -> alarms.in"],
});

const flowfusion = (command: string, options: TerminalOptions = {}) =>
  onTerminal(`${process.execPath} ${cli} ${command}`, { cwd: folder, columns: 120, ...options });

test("what a simulation prints is in the guide to simulations", async () => {
  const one = await flowfusion("simulate now.json --input day.jsonl");
  await holdScreen("docs/guides/simulate.md", "simulate", one.screen);
  const two = await flowfusion("simulate next.json --against now.json --input day.jsonl");
  await holdScreen("docs/guides/simulate.md", "against", two.screen);
});

test("what is said of a mistake in an expression is in the guide to expressions", async () => {
  const { temps, alarms } = watching({}).nodes;
  const fahrenheit = { type: "expr", props: { expression: "value * 2 + 32.0" } };
  const wires = ["temps.out -> fahrenheit.in", "fahrenheit.out -> alarms.in"];
  await writeFile(path.join(folder, "wrong.json"), JSON.stringify({ nodes: { temps, fahrenheit, alarms }, wires }));
  const { code, screen } = await flowfusion("fuse wrong.json");
  expect(code).not.toBe(0);
  await holdScreen("docs/guides/expressions.md", "mistake", screen);
});

test("what a gateway says when it starts is in the guide to the console", async () => {
  const isUp = (screen: string) => screen.includes("Ctrl-C");
  const ports = "--http 127.0.0.1:0 --ingest tcp://127.0.0.1:0";
  const { screen } = await flowfusion(`gateway ${ports}`, { leave: { when: isUp, keys: "\x03" } });
  const [, url = "", token = "", ingest = ""] = /API +(\S+)\s+token +(\S+)[\s\S]*push to (\S+)/.exec(screen) ?? [];
  await holdScreen("docs/guides/console.md", "start", screen, {
    places: [
      [url, "http://127.0.0.1:7480"],
      [ingest, "tcp://127.0.0.1:7481"],
      [token, `${token.slice(0, 7)}…`],
    ],
    varying: [/\bff_\S+/g, /flowfusion-gateway-\w+/g],
  });
});
