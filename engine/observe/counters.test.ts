// What Prometheus, and who asks for its counts, sees of a gateway that is busy: whatever is deployed, rolled back, run node by node, or dies meanwhile, a counter
// goes on or begins anew, and what may be negative is nothing. A counter that went back a little would be taken for one that began
// anew, and its whole count for what came since.

import { passOn, watNode } from "@flowfusion/fusion/testkit";
import type { FlowName } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { randomFrom } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import type { Document } from "../dataplane/testkit/test-plane.ts";
import { boiler, LiveGateway } from "../testkit/live-gateway.ts";

const seeds = Array.from({ length: process.env.FLOWFUSION_TEST_LONG ? 20 : 1 }, (_, index) => index + 1);
const steps = 40;
const poison = 666;
/** Of `GET /v1/flows/{name}/stats`. */
const counts = ["messagesIn", "messagesOut", "dropped", "droppedByBreaker", "traps", "restarts", "deadLetters"];

const dies = watNode(
  "dies",
  `(memory (export "memory") 1) ${passOn(
    `(if (f64.eq (f64.load offset=8 (local.get $at)) (f64.const ${poison})) (then unreachable))`,
  )}`,
);

/** One scrape: by series, with its labels. */
function read(text: string) {
  const types = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]));
  const series = new Map<string, number>();
  for (const [, name, labels, value] of text.matchAll(/^([a-z_]+)(\{.*\})? (\S+)$/gm)) {
    const key = `${name}${labels ?? ""}`;
    expect(series.has(key), `${key} is there twice`).toBe(false);
    series.set(key, Number(value));
  }
  const isCounter = (key: string) => {
    const name = /^\w+/.exec(key)![0];
    return types.get(name) === "counter" || counts.includes(name);
  };
  return { series, isCounter };
}

test.each(seeds)("counters go on and nothing is negative, whatever becomes of the flow, seed %i", async (seed) => {
  const random = randomFrom(seed);
  await using live = await LiveGateway.start({ builtInNodes: builtinCatalog, workers: seed % 2 === 0 ? 3 : 1 });
  await live.client.uploadModules([dies]);
  const plain = live.flow({ type: "dies" });
  // The node `more` and the sink `kept` come and go; all else is in each version.
  const documents: readonly Document[] = [
    plain,
    {
      nodes: {
        ...plain.nodes,
        more: { type: "counter" },
        kept: { type: "file", props: { path: "kept.jsonl" } },
      },
      wires: [...plain.wires, "node.out -> more.in", "more.out -> kept.in"],
    },
    {
      ...plain,
      nodes: { ...plain.nodes, node: { type: "filter", props: { op: ">", value: 3 } } },
      wires: ["in.out -> node.in", "node.pass -> out.in"],
    },
  ];
  const artefacts = await Promise.all(documents.map((document) => live.upload(document, dies)));
  const generationOf = async (name: FlowName) => (await live.client.getFlow(name))?.generation ?? "absent";
  let deletions = 0;
  let done = 0;

  const act: readonly (() => Promise<unknown>)[] = [
    ...artefacts.map(
      (artefact) => async () => live.client.deployFlow(boiler, { artefact, expected: await generationOf(boiler) }),
    ),
    async () => live.client.rollBack(boiler, { expected: (await generationOf(boiler)) as number }),
    async () => live.client.startDevelopment(boiler),
    async () => live.client.endDevelopment(boiler),
    async () => live.pushValues(1, poison, 2, 5),
    async () => {
      await live.client.deleteFlow(boiler, { expected: (await generationOf(boiler)) as number });
      deletions++;
    },
  ];

  const pushing = setInterval(() => live.pushValues(...Array.from({ length: 50 }, (_, value) => value)), 2);
  let known = new Map<string, number>();
  let deletionsKnown = 0;
  let scrapes = 0;
  let mostIn = 0;
  const comesAndGoes = /node="(?:more|kept)"/;
  async function scrape() {
    const deletionsBefore = deletions;
    const { series, isCounter } = read(await (await live.request("GET", "/metrics", {})).text());
    const stats = (await (await live.request("GET", "/v1/flows/boiler/stats", {})).json()) as Record<string, number>;
    for (const name of counts) if (name in stats) series.set(`${name}{flow="boiler"}`, stats[name]!);
    const mayBeginAnew = deletions > deletionsKnown;
    for (const [key, value] of series) {
      expect(value, `${key} after ${scrapes} scrapes, seed ${seed}`).toBeGreaterThanOrEqual(0);
      if (!isCounter(key) || comesAndGoes.test(key)) continue;
      if (mayBeginAnew && key.includes('flow="boiler"')) continue;
      expect(value, `${key} after ${scrapes} scrapes, seed ${seed}`).toBeGreaterThanOrEqual(known.get(key) ?? 0);
    }
    known = series;
    mostIn = Math.max(mostIn, series.get('flowfusion_flow_messages_in_total{flow="boiler"}') ?? 0);
    deletionsKnown = deletionsBefore;
    scrapes++;
  }
  let isOver = false;
  const scraping = (async () => {
    while (!isOver) await scrape();
  })();
  try {
    await act[0]!();
    for (let step = 0; step < steps; step++) {
      // What is refused, as there is nothing to go back to, changes nothing either.
      await act[Math.floor(random() * act.length)]!().then(
        () => done++,
        () => undefined,
      );
    }
  } finally {
    isOver = true;
    clearInterval(pushing);
    await scraping;
  }
  expect(done).toBeGreaterThan(steps / 2);
  expect(scrapes).toBeGreaterThan(steps / 4);
  expect(mostIn).toBeGreaterThan(0);
});
