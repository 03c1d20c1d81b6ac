import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { passOn, watNode } from "@flowfusion/fusion/testkit";
import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { simulate } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-testing-"));
});
afterAll(() => rm(folder, { recursive: true }));

const watch = (limit: pulumi.Input<number>) =>
  ff.graph({
    nodes: { hot: ff.filter({ op: ">", value: limit }), celsius: ff.scale({ factor: 1 / 3 }) },
    wires: (n) => [n.hot.pass.to(n.celsius.in)],
    inputs: (n) => ({ in: n.hot.in }),
    outputs: (n) => ({ alarms: n.celsius.out, calm: n.hot.fail }),
  });

const boiler = (limit: pulumi.Input<number> = 90) =>
  ff.graph({
    nodes: {
      temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
      watch: watch(limit),
      alarms: ff.mqtt({ broker: "mqtt://127.0.0.1:1883" }),
      mean: ff.window({ kind: "tumbling", sizeMs: 10_000, op: "avg" }),
      trend: ff.file({ path: "trend.jsonl" }),
    },
    wires: (n) => [
      n.temps.out.to(n.watch.in),
      n.watch.alarms.to(n.alarms.in),
      n.temps.out.to(n.mean.in),
      n.mean.out.to(n.trend.in),
    ],
  });

const temp = "boiler/1/temp";

describe("a simulation", () => {
  test("tells what each sink gets, what each node counted, and what no input takes", async () => {
    const result = await simulate(boiler(), [
      { tag: temp, value: 91 },
      { tag: "pump/1/speed", value: 100 },
      { tag: temp, value: 89, at: 2_500 },
      { tag: temp, value: 93, quality: "bad" },
    ]);
    expect(result.sinks.alarms).toEqual([
      { at: 0, topic: temp, value: 91 / 3, quality: "good" },
      { at: 3_500, topic: temp, value: 31, quality: "bad" },
    ]);
    expect(result).toMatchObject({ readings: 4, unmatched: 1, outputs: {}, log: [], deadLetters: [] });
    expect(result.nodes["watch-hot"]).toEqual({ in: 3, out: { pass: 2, fail: 1 } });
  });

  test("is a line for each message in a snapshot, numbers rounded", async () => {
    const result = await simulate(boiler(), [
      { tag: temp, value: 91 },
      { tag: temp, value: 89 },
      { tag: temp, value: 93, quality: "uncertain" },
      { at: 12_000 },
    ]);
    expect(result).toMatchInlineSnapshot(`
      {
        "nodes": {
          "alarms": "in 2",
          "mean": "in 3, out 1, late 0",
          "temps": "in 3, out 3",
          "trend": "in 1",
          "watch-celsius": "in 2, out 2",
          "watch-hot": "in 3, pass 2, fail 1",
        },
        "sinks": {
          "alarms": [
            "0 s  boiler/1/temp  30.3333",
            "2 s  boiler/1/temp  31 (uncertain)",
          ],
          "trend": [
            "10 s  boiler/1/temp  91 (uncertain)",
          ],
        },
      }
    `);
  });

  test("lets time pass after the last reading where the table says so", async () => {
    const readings = [{ tag: temp, value: 10 }];
    expect((await simulate(boiler(), readings)).sinks.trend).toEqual([]);
    const { sinks } = await simulate(boiler(), [...readings, { at: 11_000 }]);
    expect(sinks.trend).toMatchObject([{ value: 10 }]);
  });

  test("takes outputs that are known without a run of Pulumi", async () => {
    const { sinks } = await simulate(boiler(pulumi.output(95)), [{ tag: temp, value: 96 }]);
    expect(sinks.alarms).toHaveLength(1);
  });

  test("gives the same each time, and counts times from the first one when they are absolute", async () => {
    const readings = [
      { tag: temp, value: 91, at: "2026-03-01T06:00:00Z" },
      { tag: temp, value: 92, at: new Date("2026-03-01T06:00:00.25Z") },
    ];
    const first = await simulate(boiler(), readings);
    expect(first.sinks.alarms!.map(({ at }) => at)).toEqual([0, 250]);
    expect(await simulate(boiler(), readings)).toEqual(first);
  });

  test("reads recordings", async () => {
    const file = path.join(folder, "a day.jsonl");
    const line = (second: number, value: number) =>
      JSON.stringify({ topic: temp, timestamp: `2026-03-01T06:00:0${second}Z`, quality: "good", value });
    await writeFile(file, [line(1, 91), line(2, 80), line(4, 99)].join("\n"));
    const { sinks, readings } = await simulate(boiler(), file);
    expect([readings, sinks.alarms!.map(({ at }) => at)]).toEqual([3, [0, 3_000]]);
    expect((await simulate(boiler(), pathToFileURL(file))).sinks).toEqual(sinks);
    await expect(simulate(boiler(), path.join(folder, "none.rec"))).rejects.toMatchObject({
      code: "FF_RECORDING_FILE",
    });
  });
});

describe("a sub-flow", () => {
  test("is fed at its input and looked at at its outputs", async () => {
    const { outputs, sinks } = await simulate(watch(90), [
      { tag: "a", value: 99 },
      { tag: "b", value: 10n },
    ]);
    expect(outputs.alarms).toMatchObject([{ topic: "a", value: 33 }]);
    expect(outputs.calm).toMatchObject([{ topic: "b", value: 10 }]);
    expect(sinks).toEqual({});
  });

  test("with several inputs is told which tags go to which", async () => {
    const load = ff.graph({
      nodes: { load: ff.binaryCombine({ op: "*" }) },
      inputs: (n) => ({ left: n.load.left, right: n.load.right }),
      outputs: (n) => ({ out: n.load.out }),
    });
    const readings = [
      { tag: "boiler/temp", value: 3 },
      { tag: "pump/speed", value: 5 },
    ];
    const feeds = { left: ["boiler/#"], right: ["pump/#"] };
    expect((await simulate(load, readings, { feeds })).outputs.out).toMatchObject([{ value: 15 }]);
    await expect(simulate(load, readings)).rejects.toThrow('say which tags go to "left"');
    await expect(simulate(load, readings, { feeds: { ...feeds, top: ["#"] } })).rejects.toThrow("feeds.top: ");
  });

  test("within a flow has ports that can be watched", async () => {
    const { outputs } = await simulate(boiler(), [{ tag: temp, value: 5 }], { watch: ["watch-hot.fail"] });
    expect(outputs).toEqual({ "watch-hot.fail": [{ at: 0, topic: temp, value: 5, quality: "good" }] });
    const watching = (port: string) => simulate(boiler(), [], { watch: [port] });
    await expect(watching("watch-hot.failed")).rejects.toThrow("its outputs: watch-hot.pass, watch-hot.fail");
    await expect(watching("hot.fail")).rejects.toThrow("nodes: temps, watch-hot, watch-celsius");
  });
});

describe("a node of one's own", () => {
  test("runs beside the others, and ends the run when it traps", async () => {
    const file = path.join(folder, "picky.wasm");
    // Refuses a fifth of all numbers by trapping: those whose scalar's last byte says 5.
    const refuse = "(if (i32.eq (i32.load8_u offset=8 (local.get $at)) (i32.const 5)) (then unreachable))";
    await writeFile(file, watNode("picky", `(memory (export "memory") 1) ${passOn(refuse)}`).wasm);
    const picky = ff.module(
      { name: "picky", inputs: [{ name: "in", type: "any" }], outputs: [{ name: "out", type: "any" }] },
      new pulumi.asset.FileAsset(file),
    );
    const flow = ff.graph({
      nodes: { all: ff.tagInput({ tags: ["#"] }), mine: picky({}), log: ff.file({ path: "log.jsonl" }) },
      wires: (n) => [n.all.out.to(n.mine.in), n.mine.out.to(n.log.in)],
    });
    const { sinks, deadLetters } = await simulate(flow, [
      { tag: "a", value: 4n },
      { tag: "a", value: 5n },
      { tag: "a", value: 6n },
    ]);
    expect(sinks.log).toMatchObject([{ value: 4 }]);
    expect(deadLetters).toEqual([
      { node: "mine", cause: "trap", message: { at: 1_000, topic: "a", value: 5, quality: "good" } },
    ]);
  });
});

describe("what cannot be run is told", () => {
  test("with the line of the program that wrote it", async () => {
    const wrong = ff.graph({
      nodes: {
        temps: ff.tagInput({ tags: ["a"] }),
        hot: ff.filter({ op: "=>" as ">", value: 1 }),
      },
      wires: (n) => [n.temps.out.to(n.hot.in)],
    });
    await expect(simulate(wrong, [])).rejects.toThrow(
      /nodes\.hot\.props\.op: "=>" given.*\(testing\/simulate\.test\.ts:\d+:17\) \[FF_GRAPH_PROPERTY\]/,
    );
  });

  test.each<[string, unknown, string]>([
    ["no table", 5, "readings: a table, or the path of a recording, expected"],
    ["a row that is none", [5], "readings[0]: { tag, value, at } expected"],
    ["an empty tag", [{ tag: "", value: 1 }], "readings[0].tag: "],
    ["a value that is none", [{ tag: "a", value: {} }], "readings[0].value: "],
    ["no value", [{ tag: "a" }], "readings[0].value: "],
    ["a member that does not exist", [{ tag: "a", value: 1, time: 5 }], "readings[0].time: not known here"],
    ["a quality that is none", [{ tag: "a", value: 1, quality: "fine" }], "readings[0].quality: "],
    ["a time before the beginning", [{ tag: "a", value: 1, at: -1 }], "readings[0].at: "],
    ["a time that is none", [{ tag: "a", value: 1, at: "noon" }], "readings[0].at: a time as RFC 3339 writes it"],
    ["time that passes in between", [{ at: 5 }, { tag: "a", value: 1 }], "readings[0]: only the last row"],
    ["a value without a tag", [{ at: 5, value: 1 }], "readings[0]: without a tag it is time that passes"],
  ])("%s", async (_, readings, message) => {
    const run = simulate(boiler(), readings as []);
    await expect(run).rejects.toMatchObject({
      code: "FF_RECORDING_INVALID",
      message: expect.stringContaining(message),
    });
  });

  test("a module that is not there, or that no file holds", async () => {
    const brought = (asset: pulumi.asset.Asset) =>
      ff.graph({ nodes: { a: ff.module({ name: "mine", outputs: [] }, asset)({}) } });
    const missing = simulate(brought(new pulumi.asset.FileAsset("nowhere.wasm")), []);
    await expect(missing).rejects.toMatchObject({ code: "FF_PROVIDER_MODULE" });
    await expect(simulate(brought(new pulumi.asset.StringAsset("(module)")), [])).rejects.toThrow("is no FileAsset");
  });
});
