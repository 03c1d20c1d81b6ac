// What Grafana and Prometheus are given to ask for, read by the parser of Prometheus' own editor, against what a gateway
// gives.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { text } from "node:stream/consumers";
import { TestAuthority } from "@flowfusion/testkit";
import { parser } from "@prometheus-io/lezer-promql";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { startTestGateway, TEST_TOKEN } from "../testkit/test-gateway.ts";

interface Query {
  readonly expr: string;
  /** Labels that the text beside it names. */
  readonly named: readonly string[];
}

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

interface Asked {
  readonly metric: string;
  readonly labels: readonly string[];
  /** Label and value that it selects by: what a label is to be, or to match. */
  readonly values: readonly (readonly [label: string, value: RegExp])[];
  /** Others are held against it, and their labels are those of the result. */
  readonly isMeasure: boolean;
}

const read = (path: string): string => readFileSync(new URL(`../../deploy/${path}`, import.meta.url), "utf8");
const { panels, templating } = JSON.parse(read("grafana/flowfusion.json")) as {
  readonly panels: readonly {
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
};
const { groups } = parse(read("prometheus/alarms.yml")) as {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
};

const labelsIn = (text: string, place: RegExp): string[] => [...text.matchAll(place)].map(([, label]) => label!);
const ofPanels = panels
  .flatMap(({ targets = [] }) => targets)
  .map(({ expr, legendFormat }): Query => ({ expr, named: labelsIn(legendFormat, /\{\{(\w+)\}\}/g) }));
const ofChoices = templating.list
  .map(({ query }) => /^label_values\((.+), (\w+)\)$/.exec(query))
  .filter((match) => match !== null)
  .map(([, expr, label]): Query => ({ expr: expr!, named: [label!] }));
const ofAlarms = groups
  .flatMap(({ rules }) => rules)
  .map((rule): Query => ({ expr: rule.expr, named: labelsIn(JSON.stringify(rule), /\$labels\.(\w+)/g) }));

/** The metrics that an expression asks for, each with the labels that it selects or is grouped by. Throws where it is no PromQL. */
function askedBy(expr: string): Asked[] {
  // What Grafana puts in before it asks.
  const text = expr.replaceAll("$__rate_interval", "5m");
  const asked: { metric: string; labels: string[]; values: [string, RegExp][]; isMeasure: boolean }[] = [];
  const groupings: string[][] = [];
  /** Both sides of an `on` have its labels. */
  const matched: string[] = [];
  parser.parse(text).iterate({
    enter({ name, type, from, to, node }) {
      const content = text.slice(from, to);
      if (type.isError) throw new Error(`${expr}: no PromQL at ${JSON.stringify(text.slice(from))}`);
      if (name === "AggregateExpr") groupings.push([]);
      if (name === "VectorSelector") {
        const isMeasure = isMeasureOf(node);
        asked.push({ metric: "", labels: isMeasure ? [] : groupings.flat(), values: [], isMeasure });
      }
      if (name === "Identifier") asked.at(-1)!.metric = content;
      if (name === "LabelMatcher" || name === "UnquotedLabelMatcher") {
        const [, label, value] = /^(\w+)\s*=~?\s*"([^"$]*)"$/.exec(content) ?? [];
        if (label !== undefined) asked.at(-1)!.values.push([label, new RegExp(`^(?:${value})$`)]);
      }
      if (name === "LabelName") {
        const isGrouping = node.parent?.name === "GroupingLabels";
        if (isGrouping) (groupings.at(-1) ?? matched).push(content);
        else asked.at(-1)!.labels.push(content);
      }
    },
    leave({ name }) {
      if (name === "AggregateExpr") groupings.pop();
    },
  });
  return asked.map(({ labels, ...rest }) => ({ ...rest, labels: [...labels, ...matched] }));
}

/** Whether the result has its labels from elsewhere: it is on the side of a comparison that has fewer, or is what a set is cut down by. */
function isMeasureOf(node: SyntaxNode): boolean {
  const { parent } = node;
  if (parent === null) return false;
  const isCut = parent.getChild("And") !== null || parent.getChild("Unless") !== null;
  const modifier = parent.getChild("MatchingModifierClause");
  const isBehind = modifier !== null && modifier.to <= node.from;
  return (isBehind && (isCut || modifier.getChild("GroupLeft") !== null)) || isMeasureOf(parent);
}

/** Name → labels, of a gateway with a flow and a driver. */
let given: ReadonlyMap<string, readonly string[]>;
/** `name label value` of what it gives. */
let values: readonly string[];

beforeAll(async () => {
  await using peer = await startTestGateway();
  await peer.deploy("boiler", 1, { "if-none-match": "*" });
  const plant = { kind: "simulator", config: { updatesPerSecond: 10, tags: 1 } };
  const headers = { "if-none-match": "*", "content-type": "application/json" };
  const put = await peer.request("PUT", "/v1/drivers/plant", { body: JSON.stringify(plant), headers });
  expect(put.ok).toBe(true);
  const metrics = `${await metricsOverTls()}${await (await peer.request("GET", "/metrics")).text()}`;
  // Prometheus itself adds the labels of the gateway that it asked.
  const found = new Map([["up", ["instance", "job"]]]);
  for (const [, name, labels = ""] of metrics.matchAll(/^([a-z_]+)(?:\{(.*)\})? /gm)) {
    found.set(name!, [...(found.get(name!) ?? ["instance", "job"]), ...labelsIn(labels, /(\w+)="/g)]);
  }
  given = found;
  values = [...metrics.matchAll(/^([a-z_]+)\{(.*)\} /gm)]
    .flatMap(([, name, labels]) =>
      [...labels!.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => `${name} ${label} ${value}`),
    )
    .concat([...found.keys()].map((name) => `${name} job flowfusion`));
});

async function metricsOverTls(): Promise<string> {
  await using authority = await TestAuthority.create();
  await using peer = await startTestGateway({ tls: await authority.sign("gateway") });
  const headers = { authorization: `Bearer ${TEST_TOKEN}` };
  const [answer] = await once(get(`${peer.gateway.url}/metrics`, { ca: authority.cert, headers }), "response");
  return text(answer);
}

test.each([
  ["the dashboard's panels", ofPanels, 20],
  ["the dashboard's choices", ofChoices, 3],
  ["the alarms", ofAlarms, 6],
])("%s ask in PromQL for metrics, labels and values that a gateway gives", (_name, queries, atLeast) => {
  expect(queries.length).toBeGreaterThanOrEqual(atLeast);
  for (const { expr, named } of queries) {
    const asked = askedBy(expr);
    expect(asked.length, expr).toBeGreaterThan(0);
    for (const { metric, labels, values: selected, isMeasure } of asked) {
      for (const [label, value] of selected) {
        const start = `${metric} ${label} `;
        const isGiven = values.some((one) => one.startsWith(start) && value.test(one.slice(start.length)));
        expect(isGiven, `${label} that is ${value} of ${metric} in ${expr}`).toBe(true);
      }
      const expected = [...labels, ...(isMeasure ? [] : named)];
      expect(given.get(metric), `${metric} in ${expr}`).toEqual(expect.arrayContaining(expected));
    }
  }
});

test("the dashboard tells one gateway's flow from another's of the same name, and shows nothing of what is well as a fault", () => {
  for (const { expr, named } of ofPanels) {
    expect(named, expr).toContain("instance");
    expect(expr).not.toContain("bool");
  }
});

test("no increase is asked for of what has no series before it happens first, as causes have not", () => {
  const asked = [...ofPanels, ...ofAlarms].flatMap(({ expr }) =>
    [...expr.matchAll(/(?:increase|rate)\((\w+)/g)].map(([, metric]) => metric!),
  );
  expect(asked.length).toBeGreaterThanOrEqual(15);
  const byCause = asked.filter((metric) => given.get(metric)?.includes("cause"));
  // A gateway counts refused frames of each cause from its start.
  expect(new Set(byCause)).toEqual(new Set(["flowfusion_ingest_refused_frames_total"]));
});

test.each(["sum(rate(", "rate(flowfusion_node_traps_total[5m]", "up == ", "max by (flow (up)"])(
  "what is no PromQL is seen to be none: %s",
  (expr) => expect(() => askedBy(expr)).toThrow("no PromQL"),
);

test("values that a query selects by are seen, those that Grafana puts in left out", () => {
  expect(askedBy('x{a="b",c=~"d|e",f!="g",h=~"$h"}')[0]?.values).toEqual([
    ["a", /^(?:b)$/],
    ["c", /^(?:d|e)$/],
  ]);
});
