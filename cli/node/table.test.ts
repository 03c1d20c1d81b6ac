import type { NodeManifest } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { fieldsJson, readFields } from "./message-json.ts";
import { readTable } from "./table.ts";

const manifest: NodeManifest = {
  ...{ contract: 1, name: "probe", version: "1.0.0", doc: "", props: { type: "object" }, stateVersion: 0 },
  inputs: [
    { name: "left", type: "tag" },
    { name: "right", type: "tag" },
  ],
  outputs: [{ name: "out", type: "tag" }],
};

const table = (step: unknown, changes: object = {}) => ({ cases: [{ title: "t", steps: [step], ...changes }] });

describe("readTable", () => {
  it("takes the first port where none is named, others and the log by name", () => {
    const out = [{ value: 1 }, { port: "log", value: "x" }];
    const [one] = readTable(table({ in: { port: "right", value: 1 }, out }), manifest);
    expect(one!.steps[0]).toMatchObject({
      port: 1,
      out: [
        { port: "out", value: 1 },
        { port: "log", value: "x" },
      ],
    });
  });

  it("feeds a node that subscribes and hears one that delivers, whose ports have no names", () => {
    const subscribed = { ...manifest, inputs: [], subscribes: { property: "tags" } };
    expect(readTable(table({ in: { value: 1 }, out: [] }), subscribed)[0]!.steps[0]).toMatchObject({ port: 0 });
    const delivering = { ...manifest, outputs: [], delivers: { to: "file" as const } };
    expect(readTable(table({ in: { value: 1 }, out: [{ value: 1 }] }), delivering)[0]!.steps[0]).toMatchObject({
      out: [{ port: "out", value: 1 }],
    });
  });

  const refused: [table: unknown, path: string, says: string][] = [
    [{}, "cases", "at least one case"],
    [{ cases: [] }, "cases", "at least one case"],
    [[], "table", "an object expected"],
    [{ cases: [], what: 1 }, "table.what", "known are cases"],
    [{ cases: [{ steps: [] }] }, "cases[0].title", "text expected"],
    [{ cases: [{ title: "t" }] }, "cases[0]", "steps or refused expected"],
    [table({ in: { value: 1 } }), "cases[0].steps[0].out", "a list expected"],
    [table({ out: [] }), "cases[0].steps[0]", "either in or tick expected"],
    [table({ in: {}, tick: 1, out: [] }), "cases[0].steps[0]", "either in or tick expected"],
    [table("restart"), "cases[0].steps[0]", "no state"],
    [table({ in: { port: "up" }, out: [] }), "cases[0].steps[0].in.port", "known are left, right"],
    [table({ in: {}, out: [{ port: "down" }] }), "cases[0].steps[0].out[0].port", "known are out"],
    [table({ in: { quality: "fine" }, out: [] }), "cases[0].steps[0].in.quality", "good, uncertain, bad"],
    [table({ in: { timestampNs: 1.5 }, out: [] }), "cases[0].steps[0].in.timestampNs", "a whole number"],
    [table({ in: { value: { int32: 1 } }, out: [] }), "cases[0].steps[0].in.value.int32", "known are float64"],
    [table({ in: { value: { float64: 1 } }, out: [] }), "cases[0].steps[0].in.value", "one of NaN"],
    [table({ in: { value: {} }, out: [] }), "cases[0].steps[0].in.value", "one of float64, int64"],
    [table({ tick: "soon", out: [] }), "cases[0].steps[0].tick", "a whole number"],
  ];
  it.each(refused)("refuses %j at its place", (json, path, says) => {
    expect(() => readTable(json, manifest)).toThrow(
      expect.objectContaining({
        code: "FF_NODE_TABLE",
        diagnostics: [expect.objectContaining({ path, message: expect.stringContaining(says) })],
      }),
    );
  });
});

describe("messages as JSON", () => {
  it.each([
    { value: 1.5 },
    { value: null },
    { value: "text" },
    { value: true },
    { value: { int64: "-9223372036854775808" } },
    { value: { float64: "NaN" } },
    { value: { float64: "-0" } },
    { value: { float64: "-Infinity" } },
    { value: { bytes: "AAEC" } },
    { topic: "t", timestampNs: 7, quality: "bad" },
    { timestampNs: "1700000000123456789" },
    {},
  ])("%j is read and written again as it was", (json) => {
    expect(fieldsJson(readFields(json, "m"))).toEqual(json);
  });
});
