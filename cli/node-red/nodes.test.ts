// Nodes other than functions: what they are mapped to does to payloads what Node-RED does.

import type { MessageValue } from "@flowfusion/graph";
import { describe, expect, test } from "vitest";
import type { RedNode } from "./export.ts";
import { mappers } from "./mappers.ts";
import type { Mapping } from "./mapping.ts";
import { noContext, runMapping } from "./testkit.ts";

function mapped(type: string, settings: RedNode["settings"], wires: string[][] = [[]]): Mapping {
  return mappers[type]!({ id: "n", type, z: "t", name: "", wires, isDisabled: false, settings }, noContext);
}

async function values(mapping: Mapping, payloads: readonly MessageValue[]): Promise<MessageValue[][]> {
  return (await runMapping(mapping, payloads)).map((sent) => sent.map(({ value }) => value));
}

const rule = (t: string, v: unknown, vt = "num", more: object = {}) => ({ t, v, vt, ...more });
const routes = (rules: object[], checkall: string, more: object = {}) =>
  mapped("switch", { property: "payload", propertyType: "msg", rules, checkall, ...more });

describe("switch", () => {
  test.each<[string, Mapping, MessageValue[], MessageValue[][]]>([
    ["one rule", routes([rule("gt", "5")], "true"), [4, 5, 6], [[6]]],
    ["one rule and otherwise", routes([rule("lte", "5"), { t: "else" }], "true"), [4, 5, 6], [[4, 5], [6]]],
    [
      "the first that fits",
      routes([rule("gt", "9"), rule("gt", "5"), { t: "else" }], "false"),
      [4, 7, 10],
      [[10], [7], [4]],
    ],
    [
      "all that fit",
      routes([rule("gt", "9"), rule("gt", "5"), { t: "else" }], "true"),
      [4, 7, 10],
      [[10], [7, 10], [4]],
    ],
    [
      "more rules than a switch has",
      routes([rule("eq", "1"), rule("eq", "2"), rule("eq", "3"), rule("lt", "9"), { t: "else" }], "false"),
      [1, 2, 3, 4, 9],
      [[1], [2], [3], [4], [9]],
    ],
    ["a range", routes([rule("btwn", "5", "num", { v2: "3", v2t: "num" })], "true"), [2, 3, 4, 5, 6], [[3, 4, 5]]],
    [
      "a number in text",
      routes([rule("eq", "5", "str"), rule("neq", "5", "str")], "true"),
      [5, "5", 6, "x"],
      [
        [5, "5"],
        [6, "x"],
      ],
    ],
    [
      "words",
      routes([rule("eq", "on", "str"), rule("cont", "ff", "str")], "true"),
      ["on", "off", 5],
      [["on"], ["off"]],
    ],
    [
      "true, false, nothing",
      routes([{ t: "true" }, { t: "false" }, { t: "null" }], "true"),
      [true, false, null, 1],
      [[true], [false], [null]],
    ],
    [
      "the topic",
      routes([rule("eq", "a/b", "str"), rule("cont", "x", "str")], "true", { property: "topic" }),
      [1],
      [[1], []],
    ],
  ])("takes %s", async (_, mapping, payloads, expected) => {
    expect(await values(mapping, payloads)).toEqual(expected);
  });

  test.each([
    ["a regular expression", [rule("regex", "x", "str")], {}, 'its rule "regex" has no counterpart'],
    ["a flow's state", [rule("gt", "limit", "flow")], {}, "it keeps state in flow"],
    ["another property", [rule("gt", "5")], { property: "count" }, "it works on msg.count"],
    ["no rules", [], {}, "it has no rules"],
  ])("refuses %s", (_, rules, more, reason) => {
    expect(() => routes(rules, "true", more)).toThrow(reason);
  });
});

describe("change", () => {
  const changed = (...rules: object[]) => mapped("change", { rules });
  const set = (p: string, to: unknown, tot: string) => ({ t: "set", p, pt: "msg", to, tot });

  test.each<[string, Mapping, { topic: string; value: MessageValue }]>([
    ["a number", changed(set("payload", "7", "num")), { topic: "a/b", value: 7 }],
    ["a text", changed(set("payload", 'say "x"', "str")), { topic: "a/b", value: 'say "x"' }],
    [
      "a boolean and a topic",
      changed(set("payload", "true", "bool"), set("topic", "t", "str")),
      { topic: "t", value: true },
    ],
    ["the topic", changed(set("payload", "topic", "msg")), { topic: "a/b", value: "a/b" }],
    ["a formula", changed(set("payload", "payload * 2 + 1", "jsonata")), { topic: "a/b", value: 11 }],
    [
      "a part of the topic",
      changed({ t: "change", p: "topic", pt: "msg", from: "a/", fromt: "str", to: "x/", tot: "str" }),
      { topic: "x/b", value: 5 },
    ],
    [
      "a number by another",
      changed({ t: "change", p: "payload", pt: "msg", from: "5", fromt: "num", to: "6", tot: "num" }),
      { topic: "a/b", value: 6 },
    ],
  ])("sets %s", async (_, mapping, expected) => {
    expect(await runMapping(mapping, [5])).toEqual([[expected]]);
  });

  test.each([
    ["a flow's state", { t: "set", p: "limit", pt: "flow", to: "5", tot: "num" }, "state outside the flow"],
    ["another property", set("count", "5", "num"), 'its rule "set msg.count" has no counterpart'],
    ["what JSONata has beyond arithmetic", set("payload", "$sum(payload)", "jsonata"), "with JSONata"],
    ["a deletion", { t: "delete", p: "payload", pt: "msg" }, 'its rule "delete msg.payload"'],
  ])("refuses %s", (_, change, reason) => {
    expect(() => changed(change)).toThrow(reason);
  });
});

describe("range", () => {
  const ranged = (action: string, round = false) =>
    mapped("range", { minin: "4", maxin: "20", minout: "0", maxout: "100", action, round, property: "payload" });

  test.each<[string, boolean, number[]]>([
    ["scale", false, [-25, 0, 50, 100, 125]],
    ["clamp", false, [0, 0, 50, 100, 100]],
    ["drop", false, [0, 50, 100]],
    ["scale", true, [-25, 0, 50, 100, 125]],
  ])("%s, rounded: %s", async (action, round, expected) => {
    expect(await values(ranged(action, round), [0, 4, 12, 20, 24])).toEqual([expected]);
  });

  test("refuses to wrap around, and an empty range", () => {
    expect(() => ranged("roll")).toThrow("it wraps values around");
    expect(() => mapped("range", { minin: "1", maxin: "1", minout: "0", maxout: "1" })).toThrow(
      "its input range is empty",
    );
    expect(() => mapped("range", { minin: "", maxin: "1", minout: "0", maxout: "1" })).toThrow("and no number");
  });
});

describe("filter, delay, smooth", () => {
  test("a deadband passes what moves by more than the band", async () => {
    const mapping = mapped("rbe", { func: "deadband", gap: "5", inout: "out", septopics: true, property: "payload" });
    expect(await values(mapping, [10, 12, 15.5, 20, 9])).toEqual([[10, 15.5, 9]]);
  });

  test("report by exception passes changes", async () => {
    expect(await values(mapped("rbe", { func: "rbe" }), [1, 1, 2, 2, 1])).toEqual([[1, 2, 1]]);
  });

  test("a rate with drops lets one through in its time", async () => {
    const settings = { pauseType: "rate", rate: "1", nbRateUnits: "3", rateUnits: "second", drop: true };
    expect(await values(mapped("delay", settings), [1, 2, 3, 4, 5])).toEqual([[1, 4]]);
  });

  test("smooth gives the mean of so many, rounded", async () => {
    const settings = { action: "mean", count: "3", round: "1", mult: "single", reduce: true };
    expect(await values(mapped("smooth", settings), [1, 2, 4, 8, 8, 9])).toEqual([[2.3, 8.3]]);
  });

  test("a moving mean slides on", async () => {
    const settings = { action: "max", count: "2", round: "", mult: "multi", reduce: false };
    expect(await values(mapped("smooth", settings), [1, 5, 2, 3])).toEqual([[5, 5, 3]]);
  });

  test.each<[string, string, object, string]>([
    ["waiting", "delay", { pauseType: "delay", timeout: "5" }, "it holds messages back"],
    ["a low pass", "smooth", { action: "low", count: "3" }, "low-pass filter has no counterpart"],
    ["a narrow band", "rbe", { func: "narrowband", gap: "5" }, 'its mode "narrowband"'],
    ["one band for all topics", "rbe", { func: "deadband", gap: "5", septopics: false }, "messages of all topics"],
    ["an unknown aggregate", "aggregator", { aggregationType: "harmonic", intervalCount: "1" }, '"harmonic"'],
  ])("refuses %s", (_, type, settings, reason) => {
    expect(() => mapped(type, settings as RedNode["settings"])).toThrow(reason);
  });
});

describe("what comes in and goes out", () => {
  test.each<[string, string, object, string]>([
    ["a button", "inject", { repeat: "", payloadType: "num" }, "it is pressed by hand"],
    ["a calendar", "inject", { repeat: "", crontab: "0 12 * * *" }, "it goes by a calendar"],
    ["a broker that is not there", "mqtt in", { topic: "a", broker: "x" }, "its broker is not in the export"],
    ["a computed topic", "mqtt in", { topic: "", broker: "x", inputs: 1 }, "computed while it runs"],
    ["a device that is not there", "modbus-read", { server: "x" }, "its server is not in the export"],
    ["a request whose answer is used", "http request", { method: "GET", url: "http://a" }, "its answer goes on"],
    ["a file that is deleted", "file", { filename: "a", overwriteFile: "delete" }, "it deletes files"],
    ["a computed file name", "file", { filename: "payload", filenameType: "msg" }, "computed while it runs"],
  ])("refuses %s", (_, type, settings, reason) => {
    expect(() => mapped(type, settings as RedNode["settings"], [["next"]])).toThrow(reason);
  });

  test("a file is written by its name alone, whatever folder it was in", () => {
    expect(mapped("file", { filename: "C:\\logs\\..\\day.txt", overwriteFile: "false" }).specs).toEqual([
      { type: "file", props: { path: "day.txt" } },
    ]);
  });
});
