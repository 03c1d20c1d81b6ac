// What is told live of flows that run: rates, and what single messages do on their way, while the flow itself runs on fused.

import type { LiveFlow } from "@flowfusion/client";
import { passOn, watNode } from "@flowfusion/fusion/testkit";
import { builtinCatalog } from "@flowfusion/nodes";
import { eventually } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { boiler, LiveGateway } from "./testkit/live-gateway.ts";

const start = () => LiveGateway.start({ builtInNodes: builtinCatalog });

/** Follows until `isEnough`, pushing values all the while. */
async function followWhile(
  live: LiveGateway,
  push: () => void,
  isEnough: (update: LiveFlow) => boolean,
): Promise<LiveFlow> {
  const ended = new AbortController();
  const pushing = setInterval(push, 20);
  try {
    for await (const update of live.client.followFlow(boiler, { signal: ended.signal })) {
      if (isEnough(update)) return update;
    }
    throw new Error("the updates ended");
  } finally {
    clearInterval(pushing);
    ended.abort();
  }
}

test("rates of all flows are told as they change, and nothing is asked of the data plane when nobody looks", async () => {
  await using live = await start();
  const artefact = await live.upload(live.flow({ type: "filter", props: { op: ">", value: 50 } }, "pass"));
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  const ended = new AbortController();
  const pushing = setInterval(() => live.pushValues(...Array.from({ length: 100 }, (_, value) => value)), 20);
  for await (const { tagsPerS, flows } of live.client.followLive({ signal: ended.signal })) {
    const [flow] = flows;
    if (flow && flow.inPerS > 0 && flow.outPerS > 0) {
      expect(flow).toMatchObject({ name: "boiler", condition: "running", mode: "fused", droppedPerS: 0, traps: 0 });
      expect(flow.outPerS).toBeLessThan(flow.inPerS);
      expect(tagsPerS).toBeGreaterThan(0);
      break;
    }
  }
  ended.abort();
  clearInterval(pushing);
});

test("rates are of now from the first update on, and what was lost is told in all", async () => {
  await using live = await start();
  const stubborn = watNode(
    "stubborn",
    `(memory (export "memory") 1) ${passOn(
      "(if (f64.eq (f64.load offset=8 (local.get $at)) (f64.const 666)) (then (loop $ever (br $ever))))",
    )}`,
  );
  await live.client.uploadModules([stubborn]);
  const artefact = await live.upload(live.flow({ type: "stubborn" }), stubborn);
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  live.pushValues(1, 666, 2);
  await eventually(async () =>
    expect(await live.client.stats(boiler)).toMatchObject({ messagesIn: 3, deadLetters: 1 }),
  );
  const ended = new AbortController();
  for await (const { flows } of live.client.followLive({ signal: ended.signal })) {
    // What came in before somebody looked is not what comes in now.
    expect(flows).toMatchObject([{ name: "boiler", inPerS: 0, dropped: 0, deadLetters: 1, deadLettersKept: 1 }]);
    break;
  }
  ended.abort();
});

test("the first update of a flow has its rates of a whole interval, also when another version has just taken over", async () => {
  await using live = await start();
  const deploy = async (value: number, expected: number | "absent") => {
    const artefact = await live.upload(live.flow({ type: "filter", props: { op: ">", value } }, "pass"));
    await live.client.deployFlow(boiler, { artefact, expected });
  };
  await deploy(-1, "absent");
  const firstRates = new Map<number, readonly number[]>();
  const push = () => live.pushValues(...Array.from({ length: 10 }, (_, value) => value));
  let isSwapped = false;
  await followWhile(live, push, ({ generation, inPerS, nodes }) => {
    if (!firstRates.has(generation)) firstRates.set(generation, [inPerS, ...nodes.map((node) => node.inPerS)]);
    if (!isSwapped) void deploy(-2, 1);
    isSwapped = true;
    return generation === 2;
  });
  expect([...firstRates.keys()]).toEqual([1, 2]);
  expect([...firstRates.values()].flat().filter((rate) => rate <= 0)).toEqual([]);
});

test("of one flow it is told what each output carries, and what sampled messages do at each node, with their values", async () => {
  await using live = await start();
  const document = live.flow({ type: "agg", props: { op: "avg", size: 10 } });
  const artefact = await live.upload(document);
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  let next = 0;
  const steps: LiveFlow["steps"][number][] = [];
  const push = () => live.pushValues(...Array.from({ length: 10 }, () => ++next));
  const update = await followWhile(live, push, (told) => {
    steps.push(...told.steps);
    const emitted = steps.some(({ node, emissions }) => node === "node" && emissions.length > 0);
    return emitted && (told.nodes.find(({ node }) => node === "node")?.inPerS ?? 0) > 0;
  });
  expect(update).toMatchObject({ generation: 1, isSampled: true, missingModules: [], mode: "fused" });
  const [input, node] = ["in", "node"].map((id) => update.nodes.find((one) => one.node === id)!);
  expect(node!.inPerS).toBe(input!.outPerS[0]);
  expect(node!.outPerS[0]).toBeLessThan(node!.inPerS);

  // Ten of them make an average: it is that of the flow's own ten, because each sample begins with the flow's state.
  const averages = steps.flatMap((step) =>
    step.node === "node" ? step.emissions.map(({ message }) => message.value) : [],
  );
  await eventually(() => expect(live.receiver.valuesFrom("boiler")).toEqual(expect.arrayContaining(averages)));
  expect(steps.find(({ node: id }) => id === "in")).toMatchObject({
    input: "source",
    message: { topic: "n" },
    depth: 0,
  });
});

test("who looks changes nothing: the sinks get the same, and the flow's counts are those of its messages", async () => {
  await using live = await start();
  const artefact = await live.upload(live.flow({ type: "counter" }));
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  let pushed = 0;
  const push = () => live.pushValues(++pushed);
  let seen = 0;
  await followWhile(live, push, ({ steps }) => {
    seen += steps.length;
    return seen > 6;
  });
  await eventually(async () => {
    const { messagesIn, traps, nodes } = await live.client.stats(boiler);
    expect([messagesIn, traps]).toEqual([pushed, 0]);
    expect(nodes.find(({ node }) => node === "node")?.messagesIn).toBe(pushed);
  });
});

test("another version is looked at as itself, from its first message on", async () => {
  await using live = await start();
  const of = (value: number) => live.upload(live.flow({ type: "filter", props: { op: ">", value } }, "pass"));
  const [first, second] = [await of(1), await of(2)];
  await live.client.deployFlow(boiler, { artefact: first, expected: "absent" });
  let isSwapped = false;
  const update = await followWhile(
    live,
    () => live.pushValues(5),
    ({ generation, steps }) => {
      if (!isSwapped && steps.length > 0) {
        isSwapped = true;
        void live.client.deployFlow(boiler, { artefact: second, expected: 1 });
      }
      return generation === 2 && steps.length > 0;
    },
  );
  expect(update.digest).toBe(second);
});

test("where a module is not on the gateway, the rates are told and which one is missing; steps follow when it is there", async () => {
  await using live = await start();
  const press = watNode("press", `(memory (export "memory") 2) ${passOn()}`);
  const artefact = await live.upload(live.flow({ type: "press" }), press);
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  const push = () => live.pushValues(1, 2, 3);
  const without = await followWhile(live, push, ({ inPerS }) => inPerS > 0);
  expect(without).toMatchObject({ isSampled: false, missingModules: [press.digest], steps: [] });
  await live.client.uploadModules([press]);
  const withSteps = await followWhile(live, push, ({ steps }) => steps.length > 0);
  expect(withSteps).toMatchObject({ isSampled: true, missingModules: [] });
});

test("a flow that traps is looked at without harm, and the step that it died of is told", async () => {
  await using live = await start();
  const trap = watNode("trap", `(memory (export "memory") 2) ${passOn("(unreachable)")}`);
  const artefact = await live.upload(live.flow({ type: "trap" }), trap);
  await live.client.uploadModules([trap]);
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  // Only when somebody looks, and a message at a time: the breaker opens after a few.
  const update = await followWhile(
    live,
    () => undefined,
    ({ steps }) => {
      live.pushValues(1);
      return steps.some((step) => step.trap !== undefined);
    },
  );
  expect(update.steps.find((step) => step.trap !== undefined)).toMatchObject({ node: "node", trap: "trap" });
});

test("a flow that is deleted ends what is told of it", async () => {
  await using live = await start();
  const artefact = await live.upload(live.flow({ type: "fan_out" }, "out1"));
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  let isDeleted = false;
  const told = async () => {
    for await (const _update of live.client.followFlow(boiler)) {
      if (!isDeleted) await live.client.deleteFlow(boiler, { expected: 1 });
      isDeleted = true;
    }
  };
  await told().catch(() => undefined);
  expect(isDeleted).toBe(true);
  await expect(live.client.followFlow(boiler).next()).rejects.toMatchObject({ code: "FF_API_NOT_FOUND" });
});
