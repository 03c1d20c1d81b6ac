import {
  decodeMessage,
  type Message,
  type MessageValue,
  type ModuleCatalog,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { describe, expect, it } from "vitest";
import { fuse } from "../fuse.ts";
import { defaultFlowLimits } from "../limits.ts";
import { passOn, watNode } from "../testkit/wat-nodes.ts";
import { compareFlows } from "./compare.ts";
import { simulate } from "./simulate.ts";
import type { FlowToSimulate } from "./simulated-flow.ts";

const builtins = await builtinCatalog();

/** Passes messages on; at 666 it never ends. */
const stubborn = watNode(
  "stubborn",
  `(memory (export "memory") 1) ${passOn(
    "(if (f64.eq (f64.load offset=8 (local.get $at)) (f64.const 666)) (then (loop $ever (br $ever))))",
  )}`,
);
/** Emits the time of each tick as the timestamp of a message without topic. */
const clock = watNode(
  "clock",
  `(memory (export "memory") 1) ${passOn()}
  (func (export "tick") (param $now i64) (result i32)
    (i64.store (i32.const 64) (local.get $now))
    (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 1))
    (i32.store (i32.const 32) (i32.const 0)) (i32.store (i32.const 36) (i32.const 64)) (i32.store (i32.const 40) (i32.const 24))
    (i32.const 16))`,
  { inputs: [] },
);
/** Logs what it gets, and passes nothing on. */
const talker = watNode(
  "talker",
  `(memory (export "memory") 1) ${passOn().replace("(i32.store (i32.const 32) (i32.const 0))", "(i32.store (i32.const 32) (i32.const -1))")}`,
);
const catalog = new Map([...builtins, ["stubborn", stubborn], ["clock", clock], ["talker", talker]] as const);

const input = (...tags: string[]) => ({ type: "tag_input", props: { tags } });
const file = { type: "file", props: { path: "out.jsonl" } };

const flow = (nodes: object, wires: readonly string[], modules: ModuleCatalog = catalog): Promise<FlowToSimulate> =>
  fuse(resolveGraph(parseGraph({ nodes, wires }), modules), modules);

const filterFlow = (value: number, more: object = {}, wires: readonly string[] = []): Promise<FlowToSimulate> =>
  flow({ temps: input("boiler/+/temp"), hot: { type: "filter", props: { op: ">", value } }, alarms: file, ...more }, [
    "temps.out -> hot.in",
    "hot.pass -> alarms.in",
    ...wires,
  ]);

const at = (value: MessageValue, topic = "boiler/1/temp", timestampNs = 1_000n): Message => ({
  topic,
  timestampNs,
  quality: 0,
  value,
});

describe("a simulation", () => {
  it("feeds each reading to the inputs whose patterns it matches, and counts what comes of it", async () => {
    const emitted: [string, MessageValue][] = [];
    const both = await flow({ all: input("#"), some: input("boiler/#", "boiler/1/temp"), one: file, two: file }, [
      "all.out -> one.in",
      "some.out -> two.in",
    ]);
    const recording = [[at(1), at(2, "pump")], [at(3, "boiler")]];
    const result = await simulate(both, recording, ({ node, bytes }) => {
      emitted.push([node, decodeMessage(bytes).value]);
    });
    expect(emitted).toEqual([
      ["one", 1],
      ["two", 1],
      ["one", 2],
      ["one", 3],
      ["two", 3],
    ]);
    expect(result).toEqual({
      fuel: result.fuel,
      readings: 3,
      unmatched: 0,
      nodes: [
        { id: "all", type: "tag_input", messagesIn: 3, messagesOut: { out: 3 }, fuel: 0 },
        { id: "one", type: "file", messagesIn: 3, messagesOut: {}, fuel: 0 },
        { id: "some", type: "tag_input", messagesIn: 2, messagesOut: { out: 2 }, fuel: 0 },
        { id: "two", type: "file", messagesIn: 2, messagesOut: {}, fuel: 0 },
      ],
      sinks: [
        { id: "one", type: "file", messages: 3 },
        { id: "two", type: "file", messages: 2 },
      ],
      logLines: 0,
      deadLetters: [],
    });
  });

  it("counts the emissions of each output, and readings that no input takes", async () => {
    const result = await simulate(await filterFlow(5), [[at(4), at(5), at(6), at(7, "boiler/1/pressure")]]);
    const [, hot] = result.nodes;
    expect(hot).toMatchObject({ id: "hot", type: "filter", messagesIn: 3, messagesOut: { pass: 1, fail: 2 } });
    expect(result).toMatchObject({ readings: 4, unmatched: 1, sinks: [{ id: "alarms", messages: 1 }] });
  });

  it("tells the fuel that each node's own code used, the same for each reading that goes the same way", async () => {
    const readings = (count: number) => [Array.from({ length: count }, () => at(6))];
    const [one, three] = [
      await simulate(await filterFlow(5), readings(1)),
      await simulate(await filterFlow(5), readings(3)),
    ];
    const hot = one.nodes[1]!.fuel;
    expect(hot).toBeGreaterThan(0);
    expect(three.nodes[1]!.fuel).toBe(3 * hot);
    expect(one.fuel).toBeGreaterThan(hot);
    expect(three.fuel).toBeGreaterThan(one.fuel);
  });

  it("takes recordings that come bit by bit, and more than fits into an outbox at once", async () => {
    async function* recording() {
      for (let batch = 0; batch < 20; batch++) yield Array.from({ length: 1_000 }, () => at(`${batch}`.repeat(50)));
    }
    const copies = await flow({ in: input("#"), out: file }, ["in.out -> out.in"]);
    const result = await simulate(copies, recording());
    expect(result.sinks[0]!.messages).toBe(20_000);
  });

  it("tells which node stopped the flow, at which reading, and what came before", async () => {
    const flawed = await flow({ in: input("#"), bad: { type: "stubborn" }, out: file }, [
      "in.out -> bad.in",
      "bad.out -> out.in",
    ]);
    const result = await simulate({ ...flawed, limits: { ...defaultFlowLimits, fuelBurst: 100_000 } }, [
      [at(1), at(2, "pump"), at(666, "pump", 7n), at(3)],
      [at(4)],
    ]);
    expect(result).toMatchObject({ readings: 4, sinks: [{ messages: 2 }] });
    expect(result.trap).toEqual({ node: "bad", cause: "fuel", message: at(666, "pump", 7n) });
  });

  it("lets nodes that go by time emit every 100 ms of the readings' time, within bounds", async () => {
    const ms = (time: number) => BigInt(time) * 1_000_000n;
    const ticking = await flow({ in: input("#"), clock: { type: "clock" }, out: file }, ["clock.out -> out.in"]);
    const times: bigint[] = [];
    const run = (...moments: number[]) => {
      times.length = 0;
      return simulate(ticking, [moments.map((time) => at(1, "t", ms(time)))], ({ bytes }) => {
        times.push(decodeMessage(bytes).timestampNs);
      });
    };
    await run(1_050, 1_080, 1_100, 1_340, 1_200, 1_390, 1_400);
    expect(times).toEqual([1_100, 1_200, 1_300, 1_400].map(ms));
    await run(50, 1_000_000_000_000);
    expect(times).toHaveLength(10_000);
    expect(times.at(-1)).toBe(ms(1_000_000_000_000));
  });

  it("counts the lines that nodes log", async () => {
    const logging = await flow({ in: input("#"), talk: { type: "talker" } }, ["in.out -> talk.in"]);
    const logged: [string, boolean, MessageValue][] = [];
    const result = await simulate(logging, [[at("careful")]], ({ node, isLog, bytes }) => {
      logged.push([node, isLog, decodeMessage(bytes).value]);
    });
    expect(result.logLines).toBe(1);
    expect(logged).toEqual([["talk", true, "careful"]]);
  });

  it("fails when a node refuses its properties", async () => {
    const shy = watNode(
      "shy",
      `(memory (export "memory") 1) ${passOn()}
      (data (i32.const 100) "too shy")
      (func (export "configure") (param i32 i32) (result i32)
        (i32.store (i32.const 48) (i32.const 1)) (i32.store (i32.const 52) (i32.const 100)) (i32.store (i32.const 56) (i32.const 7))
        (i32.const 48))`,
    );
    const modules = new Map([...catalog, ["shy", shy] as const]);
    const simulated = async () =>
      await simulate(await flow({ in: input("#"), a: { type: "shy" } }, ["in.out -> a.in"], modules), []);
    await expect(simulated()).rejects.toMatchObject({ code: "FF_FLOW_CONFIGURE", message: "a: too shy" });
  });
});

describe("a comparison", () => {
  const recording = () => [
    [at(1), at(6, undefined, 2_000n)],
    [at(8, undefined, 3_000n), at(12, undefined, 4_000n)],
  ];

  it("of a flow with itself finds no difference", async () => {
    const { sinks, isEqual } = await compareFlows(await filterFlow(5), await filterFlow(5), recording());
    expect(sinks).toEqual([{ id: "alarms", before: 3, after: 3 }]);
    expect(isEqual).toBe(true);
  });

  it("tells each sink's counts before and after, and the first emission that differs", async () => {
    const { sinks, isEqual, before, after } = await compareFlows(await filterFlow(5), await filterFlow(7), recording());
    expect(sinks).toEqual([
      {
        id: "alarms",
        before: 3,
        after: 2,
        difference: { index: 0, before: at(6, undefined, 2_000n), after: at(8, undefined, 3_000n) },
      },
    ]);
    expect(isEqual).toBe(false);
    expect([before.readings, after.readings]).toEqual([4, 4]);
  });

  it("shows what only one of the two emits, once all is equal before", async () => {
    const { sinks } = await compareFlows(
      await filterFlow(5),
      await filterFlow(5, { more: input("boiler/2/temp") }, ["more.out -> hot.in"]),
      [...recording(), [at(99, "boiler/2/temp")]],
    );
    // The added input takes the last reading as well, so it comes twice.
    expect(sinks).toEqual([
      { id: "alarms", before: 4, after: 5, difference: { index: 4, after: at(99, "boiler/2/temp") } },
    ]);
  });

  it("names sinks that were added and removed", async () => {
    const renamed = await flow(
      {
        temps: input("boiler/+/temp"),
        hot: { type: "filter", props: { op: ">", value: 5 } },
        mails: file,
        quiet: file,
      },
      ["temps.out -> hot.in", "hot.pass -> mails.in", "hot.fail -> quiet.in"],
    );
    const { sinks, isEqual } = await compareFlows(await filterFlow(5), renamed, [[at(6)]]);
    expect(sinks).toEqual([
      { id: "alarms", before: 1, difference: { index: 0, before: at(6) } },
      { id: "mails", after: 1, difference: { index: 0, after: at(6) } },
      { id: "quiet", after: 0 },
    ]);
    expect(isEqual).toBe(false);
  });

  it("gives up on a sink where one flow is far ahead, and counts on", async () => {
    const many = [Array.from({ length: 12_000 }, (_, index) => at(6, undefined, BigInt(index)))];
    const { sinks } = await compareFlows(await filterFlow(5), await filterFlow(7), many);
    expect(sinks).toEqual([
      { id: "alarms", before: 12_000, after: 0, difference: { index: 0, before: at(6, undefined, 0n) } },
    ]);
  });

  describe("of flows that die of messages", () => {
    const limits = { ...defaultFlowLimits, fuelBurst: 100_000 };
    /** The mean of each three readings, of what a node lets through that never ends at 666. */
    const means = async (mode: "dies" | "lets all through"): Promise<FlowToSimulate> => ({
      ...(await flow(
        {
          in: input("#"),
          gate: mode === "dies" ? { type: "stubborn" } : { type: "fan_out" },
          mean: { type: "agg", props: { op: "avg", size: 3 } },
          out: file,
        },
        ["in.out -> gate.in", `gate.${mode === "dies" ? "out" : "out1"} -> mean.in`, "mean.out -> out.in"],
      )),
      limits,
    });
    const seconds = (time: number) => BigInt(time) * 1_000_000_000n;
    const readings = (values: readonly number[]) => [values.map((value, index) => at(value, "t", seconds(index + 1)))];

    it("goes on from the last checkpoint after each, and tells what they died of", async () => {
      const recording = readings([1, 2, 666, 3, 666, 10, 20, 30]);
      const { sinks, before, after, isEqual } = await compareFlows(
        await means("dies"),
        await means("lets all through"),
        recording,
      );
      expect(before.trap).toBeUndefined();
      expect(before.deadLetters).toEqual([
        { node: "gate", cause: "fuel", message: at(666, "t", seconds(3)) },
        { node: "gate", cause: "fuel", message: at(666, "t", seconds(5)) },
      ]);
      expect(after.deadLetters).toEqual([]);
      // Of 1, 2, 3 and 10, 20, 30: what the two readings before had left behind was not forgotten.
      const difference = { before: { value: 2 }, after: { value: 223 } };
      expect(sinks).toMatchObject([{ id: "out", before: 2, after: 2, difference }]);
      expect(isEqual).toBe(false);
      expect(before.nodes.find(({ id }) => id === "mean")).toMatchObject({ messagesIn: 6, messagesOut: { out: 2 } });
    });

    it("is no comparison of equals where only the dead letters differ", async () => {
      const { sinks, isEqual } = await compareFlows(
        await means("dies"),
        await means("lets all through"),
        readings([1, 666]),
      );
      expect(sinks).toEqual([{ id: "out", before: 0, after: 0 }]);
      expect(isEqual).toBe(false);
    });

    it("counts one that dies of nothing else as stopped", async () => {
      const recording = [Array.from({ length: 120 }, () => at(666, "t", seconds(1))), [at(1, "t", seconds(2))]];
      const { before } = await compareFlows(await means("dies"), await means("lets all through"), recording);
      expect(before.deadLetters).toHaveLength(100);
      expect(before.trap).toMatchObject({ node: "gate", cause: "fuel" });
    });
  });
});
