import { describe, expect, it } from "vitest";
import { capabilitiesOf, diffCapabilities } from "./capabilities.ts";
import { parseGraph } from "./parse.ts";
import { resolveGraph } from "./resolve.ts";
import { catalog, resolveDocument } from "./testkit.ts";

const graphOf = (nodes: Record<string, { type: string; props: object }>) => {
  const ids = Object.keys(nodes).filter((id) => id !== "in");
  return resolveDocument({
    nodes: { in: { type: "tag_input", props: { tags: ["boiler/+/temp"] } }, ...nodes },
    wires: ids.map((id) => `in.out -> ${id}.in`),
  });
};
const textOf = (nodes: Parameters<typeof graphOf>[0]) =>
  capabilitiesOf(graphOf(nodes)).map(({ kind, what }) => `${kind} ${what}`);

describe("the capabilities of a flow", () => {
  it.each<[string, { type: string; props: object }, string[]]>([
    [
      "a broker",
      { type: "mqtt", props: { broker: "mqtt://operator:secret@10.0.0.9:1883", topic: "alarms/{topic}" } },
      ["sends to mqtt://10.0.0.9:1883", "writes mqtt topic alarms/{topic}"],
    ],
    [
      "a connection",
      { type: "mqtt", props: { connection: "plant" } },
      ["uses connection plant", "writes mqtt topic {topic}"],
    ],
    [
      "a web server",
      { type: "http", props: { url: "https://example.test/in?key=1" } },
      ["sends to https://example.test"],
    ],
    [
      "a NATS server",
      { type: "nats", props: { server: "nats://127.0.0.1:4222", subject: "plant.{topic}" } },
      ["sends to nats://127.0.0.1:4222", "writes nats subject plant.{topic}"],
    ],
    ["a socket", { type: "nng", props: { address: "tcp://127.0.0.1:5555" } }, ["sends to tcp://127.0.0.1:5555"]],
    ["a file", { type: "file", props: { path: "hot.jsonl" } }, ["writes file hot.jsonl"]],
    ["nothing", { type: "filter", props: { op: ">", value: 1 } }, []],
  ])("name %s that a node sends to, and no password", (_, node, expected) => {
    expect(textOf({ out: node })).toEqual(["reads tags boiler/+/temp", ...expected]);
  });

  it("are each told once", () => {
    const sink = { type: "http", props: { url: "http://127.0.0.1:1/a" } };
    expect(textOf({ a: sink, b: { ...sink, props: { url: "http://127.0.0.1:1/b" } } })).toHaveLength(2);
  });

  it("are seen of another author's sink as well", () => {
    const http = catalog.get("http")!;
    const own = new Map([["post", { ...http, manifest: { ...http.manifest, name: "post" } }]]);
    const graph = parseGraph({
      nodes: {
        t: { type: "timer", props: { intervalMs: 1000 } },
        a: { type: "post", props: { url: "http://127.0.0.1:1" } },
      },
      wires: ["t.out -> a.in"],
    });
    const resolved = resolveGraph(graph, new Map([...catalog, ...own]));
    expect(capabilitiesOf(resolved)).toContainEqual({ kind: "sends", what: "to http://127.0.0.1:1" });
  });
});

describe("a change of capabilities", () => {
  const before = graphOf({ a: { type: "file", props: { path: "a" } }, b: { type: "file", props: { path: "b" } } });
  const after = graphOf({ b: { type: "file", props: { path: "b" } }, c: { type: "http", props: { url: "http://h" } } });

  it("tells what came and what went", () => {
    expect(diffCapabilities(before, after)).toEqual({
      gained: [{ kind: "sends", what: "to http://h" }],
      lost: [{ kind: "writes", what: "file a" }],
    });
    expect(diffCapabilities(after, before).gained).toEqual(diffCapabilities(before, after).lost);
  });

  it("is none between a flow and itself, and everything for a new one", () => {
    expect(diffCapabilities(before, before)).toEqual({ gained: [], lost: [] });
    expect(diffCapabilities(undefined, before).gained).toHaveLength(3);
  });
});
