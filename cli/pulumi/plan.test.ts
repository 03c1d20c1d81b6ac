import { describe, expect, it } from "vitest";
import { markdownOf } from "./markdown.ts";
import { readPlan } from "./plan.ts";
import { planLines } from "./text.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::plant::flowfusion:index:${type}::${name}`;
const flow = urn("Flow", "boiler");
const part = (kind: "Node" | "Wire", name: string) => urn(`Flow$flowfusion:index:${kind}`, `boiler/${name}`);

/** As the CLI writes it, less what is not read. */
const preview = {
  steps: [
    { op: "same", urn: "urn:pulumi:dev::plant::pulumi:pulumi:Stack::plant-dev", detailedDiff: null },
    { op: "same", urn: urn("Flow", "kiln"), oldState: {}, newState: {}, detailedDiff: null },
    {
      ...{ op: "update", urn: flow, detailedDiff: { "nodes.hot.props.value": { kind: "update" } } },
      oldState: { inputs: {} },
      newState: { inputs: {} },
    },
    {
      ...{ op: "update", urn: part("Node", "hot") },
      oldState: { viewOf: flow, inputs: { props: { value: 90, tags: ["a", "b|c"] } } },
      newState: { viewOf: flow, inputs: { props: { value: 95, tags: ["a"], note: "`x`" } } },
      detailedDiff: {
        "props.value": { kind: "update" },
        "props.tags[1]": { kind: "delete" },
        'props["note"]': { kind: "add" },
      },
    },
    { op: "create", urn: part("Node", "log"), newState: { viewOf: flow, inputs: {} }, detailedDiff: null },
    { op: "delete", urn: part("Wire", "a.out->b.in"), oldState: { viewOf: flow, inputs: {} }, detailedDiff: null },
  ],
  diagnostics: [
    { urn: flow, severity: "warning", message: "warning: On the last 20 updates:\n  sink log: 5 → 2 messages\n" },
    { urn: "urn:pulumi:dev::plant::pulumi:pulumi:Stack::plant-dev", severity: "info", message: "of the program" },
  ],
};

describe("a change of a flow itself", () => {
  const inputs = (endpoint: string, options: object) => ({ inputs: { gateway: { endpoint }, options } });
  const flows = readPlan(
    JSON.stringify({
      steps: [
        {
          ...{
            op: "update",
            urn: flow,
            oldState: inputs("http://a", {}),
            newState: inputs("http://b", { healthGateMs: 5 }),
          },
          detailedDiff: { "gateway.endpoint": { kind: "update" }, "options.healthGateMs": { kind: "add" } },
        },
      ],
    }),
  );

  it("is named with both values", () => {
    expect(planLines(flows)).toEqual([
      "~ flow boiler",
      '    gateway.endpoint: "http://a" → "http://b"',
      "    options.healthGateMs: none → 5",
    ]);
  });

  it("has a row of its own in the comment", () => {
    expect(markdownOf(flows)).toContain(
      '| ~ | the flow | `gateway.endpoint` `"http://a"` → `"http://b"`<br>`options.healthGateMs` none → `5` |',
    );
  });
});

describe("a plan", () => {
  it("has the flows that change, with their parts, properties and what is said of them", () => {
    expect(readPlan(JSON.stringify(preview))).toEqual([
      {
        ...{ name: "boiler", change: "update" },
        parts: [
          {
            ...{ kind: "node", name: "hot", change: "update" },
            properties: [
              { path: "props.value", before: 90, after: 95 },
              { path: "props.tags[1]", before: "b|c" },
              { path: 'props["note"]', after: "`x`" },
            ],
          },
          { kind: "node", name: "log", change: "create", properties: [] },
          { kind: "wire", name: "a.out->b.in", change: "delete", properties: [] },
        ],
        notes: ["On the last 20 updates:\n  sink log: 5 → 2 messages"],
      },
    ]);
  });

  it("tells who changed a flow as fields, and nothing where nobody is named", () => {
    const message = "warning: Changed in the console by ann at 2026-01-01T00:00:00.000Z, generation 2: nodes.hot.\n";
    const steps = [{ op: "refresh", urn: flow, oldState: { inputs: { a: 1 } }, newState: { inputs: { a: 2 } } }];
    const told = (diagnostics: object[]) => readPlan(JSON.stringify({ steps, diagnostics }))[0]!;
    const { changed, notes } = told([{ urn: flow, message, severity: "warning" }]);
    expect(changed).toEqual({ by: "ann", via: "console", at: "2026-01-01T00:00:00.000Z", generation: 2 });
    expect(notes).toEqual([message.slice("warning: ".length).trimEnd()]);
    expect(told([{ urn: flow, message: "Flow.wasm 4 kB", severity: "info" }])).not.toHaveProperty("changed");
    expect(told([{ urn: "other", message, severity: "warning" }])).not.toHaveProperty("changed");
  });

  it("is empty where nothing changes, and where there is nothing", () => {
    const same = { steps: [{ op: "same", urn: flow, detailedDiff: null }] };
    expect([readPlan(JSON.stringify(same)), readPlan("{}")]).toEqual([[], []]);
  });

  it("of a refresh tells what differs, came and went", () => {
    const state = (value: number) => ({ viewOf: flow, inputs: { props: { value } } });
    const steps = [
      { op: "refresh", urn: flow, oldState: {}, newState: {}, detailedDiff: null },
      { op: "refresh", urn: part("Node", "same"), oldState: state(1), newState: state(1), detailedDiff: null },
      {
        ...{ op: "refresh", urn: part("Node", "hot"), oldState: state(1), newState: state(2) },
        detailedDiff: { "props.value": { kind: "update" } },
      },
      { op: "refresh", urn: part("Node", "gone"), oldState: state(1) },
      { op: "import", urn: part("Node", "new"), newState: state(1) },
      { op: "refresh", urn: urn("Flow", "deleted"), oldState: {} },
    ];
    const plan = readPlan(JSON.stringify({ steps }));
    expect(plan.map(({ name, change }) => `${change} ${name}`)).toEqual(["update boiler", "delete deleted"]);
    expect(plan[0]!.parts.map(({ name, change }) => `${change} ${name}`)).toEqual([
      "update hot",
      "delete gone",
      "create new",
    ]);
  });
});

describe("a plan for people", () => {
  it("is Markdown whose tables hold whatever a value holds", () => {
    expect(markdownOf(readPlan(JSON.stringify(preview)))).toBe(
      [
        "### Flow Fusion: 1 flow changes",
        "",
        "#### ~ `boiler`",
        "",
        "| | what | change |",
        "|---|---|---|",
        '| ~ | node `hot` | `props.value` `90` → `95`<br>`props.tags[1]` `"b\\|c"` → none<br>`props["note"]` none → `` "`x`" `` |',
        "| + | node `log` |  |",
        "| − | wire `a.out->b.in` |  |",
        "",
        "```text",
        "On the last 20 updates:",
        "  sink log: 5 → 2 messages",
        "```",
        "",
      ].join("\n"),
    );
    expect(markdownOf([])).toContain("No flow changes.");
  });

  it("is lines for a terminal", () => {
    expect(planLines(readPlan(JSON.stringify(preview)))).toEqual([
      "~ flow boiler",
      "  ~ node hot",
      "      props.value: 90 → 95",
      '      props.tags[1]: "b|c" → none',
      '      props["note"]: none → "`x`"',
      "  + node log",
      "  - wire a.out->b.in",
      "  On the last 20 updates:",
      "    sink log: 5 → 2 messages",
    ]);
  });
});
