import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestGateway } from "../testing/test-gateway.ts";

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

const file = new URL("../../deploy/grafana/flowfusion.json", import.meta.url);
const { panels, templating } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly panels: readonly { readonly targets?: readonly Target[] }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
};
/** Of Prometheus' alarms: what they ask for, and the labels that their texts name. */
const alarms = readFileSync(new URL("../../deploy/prometheus/alarms.yml", import.meta.url), "utf8")
  .split("- alert:")
  .slice(1)
  .map((alarm) => ({ expr: alarm, legendFormat: "" }));
const targets = panels.flatMap((panel) => panel.targets ?? []);

test("the dashboard asks for metrics and labels that a gateway gives, and for none else", async () => {
  await using peer = await startTestGateway();
  await peer.deploy("boiler", 1, { "if-none-match": "*" });
  const plant = { kind: "simulator", config: { updatesPerSecond: 10, tags: 1 } };
  const headers = { "if-none-match": "*", "content-type": "application/json" };
  const put = await peer.request("PUT", "/v1/drivers/plant", { body: JSON.stringify(plant), headers });
  expect(put.ok).toBe(true);
  const metrics = await (await peer.request("GET", "/metrics")).text();
  const given = new Map(
    [...metrics.matchAll(/^([a-z_]+)(?:\{(.*)\})? /gm)].map(([, name, labels = ""]) => [
      name!,
      ["instance", ...[...labels.matchAll(/(\w+)="/g)].map(([, label]) => label!)],
    ]),
  );
  const queries = [...targets, ...templating.list.map(({ query }) => ({ expr: query, legendFormat: "" }))];
  for (const { expr, legendFormat } of [...queries, ...alarms]) {
    for (const [, name, labels = ""] of expr.matchAll(/\b((?:flowfusion|process)_\w+)(?:\{([^}]*)\})?/g)) {
      const wanted = [...labels.matchAll(/(\w+)(?:=~|!=|=)/g), ...legendFormat.matchAll(/\{\{(\w+)\}\}/g)];
      expect(given.get(name!), name).toEqual(expect.arrayContaining(wanted.map(([, label]) => label)));
    }
  }
  expect(targets.length).toBeGreaterThan(10);
  expect(alarms.length).toBeGreaterThan(3);
});
