import { describe, expect, test } from "vitest";
import { checkGraph } from "./check.ts";
import { draftOf, type Props } from "./draft.ts";
import { displacedBy, type Field, formOf, problemsBeside } from "./form.ts";
import { type Problem, problemOf } from "./problems.ts";
import { catalog } from "./testkit.ts";
import { withValueAt } from "./values.ts";

function formFor(type: string, props: Props): { readonly fields: Field[]; readonly problems: readonly Problem[] } {
  const checked = checkGraph(draftOf({ nodes: { n: { type, props } } }), catalog);
  const problems = checked.diagnostics.map(problemOf).filter(({ node }) => node === "n");
  return { fields: formOf(catalog.get(type)!.manifest, props, problems), problems };
}
const names = ({ fields }: { readonly fields: readonly Field[] }) => fields.map(({ name }) => name);
const field = (type: string, props: Props, name: string): Field =>
  formFor(type, props).fields.find((one) => one.name === name)!;

describe("a field", () => {
  test("has label, unit, default and bounds from the schema", () => {
    expect(field("alarm", {}, "onDelayMs")).toMatchObject({
      ...{ label: "On delay", unit: "ms", byDefault: 0, isRequired: false },
      control: { kind: "number", isWhole: true, min: 0, max: 31622400000 },
    });
    expect(field("agg", {}, "percentile")).toMatchObject({ unit: "%", control: { kind: "number", isWhole: false } });
    expect(field("mqtt", {}, "diskBytesMax")).toMatchObject({ label: "Disk bytes max", unit: "bytes" });
    expect(field("agg", {}, "size")).toMatchObject({ isRequired: true });
    expect(field("agg", {}, "size")).not.toHaveProperty("value");
  });

  test("chooses, switches, or takes a value whose type is chosen with it", () => {
    expect(field("mqtt", {}, "qos").control).toEqual({ kind: "choice", choices: [0, 1, 2] });
    expect(field("mqtt", {}, "retain").control).toEqual({ kind: "toggle" });
    expect(field("filter", {}, "value").control).toEqual({ kind: "scalar", types: ["number", "string", "boolean"] });
    expect(field("filter", {}, "expression").control).toEqual({ kind: "expression", charsMax: 2000 });
  });

  test("holds a group, a list or a table of fields", () => {
    const limits = field("alarm", { limits: { high: 90 } }, "limits").control;
    expect(limits).toMatchObject({
      kind: "group",
      fields: [{ name: "highHigh" }, { name: "high", value: 90 }, {}, {}],
    });
    expect(field("tag_input", { tags: ["a", "b"] }, "tags").control).toMatchObject({
      ...{ kind: "list", itemsMin: 1, itemsMax: 1000, blank: "" },
      items: [{ place: ["tags", 0], value: "a" }, { place: ["tags", 1] }],
    });
    expect(field("lookup", { table: { "1": "run", "2": "stop" } }, "table").control).toMatchObject({
      ...{ kind: "table", rowsMax: 10000 },
      rows: [{ place: ["table", "1"], value: "run", control: { kind: "scalar" } }, {}],
    });
    const cases = field("switch", { cases: [{ expression: "true" }] }, "cases").control;
    expect(cases).toMatchObject({
      items: [{ control: { kind: "group", fields: [{ control: { kind: "expression" } }] } }],
    });
  });

  test("shows what the check says of its value", () => {
    expect(field("filter", { op: "=>", value: 90 }, "op").problems).toEqual([
      '"=>" given, one of ">", ">=", "<", "<=", "==", "!=" expected',
    ]);
    expect(field("agg", { op: "avg" }, "size").problems).toEqual(["is missing"]);
    const { control } = field("tag_input", { tags: [""] }, "tags");
    const [item] = control.kind === "list" ? control.items : [];
    expect(item!.problems).toHaveLength(1);
  });

  test("shows line and column of what is wrong in an expression", () => {
    const [problem] = field("filter", { expression: "value >\n nonsense" }, "expression").problems;
    expect(problem).toMatch(/^(line )?2/);
  });
});

describe("properties that exclude each other", () => {
  test("are shown while both ways are open, and hidden where they have no place", () => {
    expect(names(formFor("filter", {}))).toEqual(["op", "value", "expression"]);
    expect(names(formFor("filter", { expression: "true" }))).toEqual(["expression"]);
    expect(names(formFor("filter", { expression: "true", op: ">" }))).toEqual(["op", "expression"]);
    expect(names(formFor("mqtt", {}))).not.toContain("sparkplug");
    expect(names(formFor("mqtt", { encoding: "sparkplug_b" }))).toContain("sparkplug");
  });

  test("displace each other in one step", () => {
    const before = { op: ">", value: 1 };
    const after = withValueAt(before, ["expression"], "true");
    expect(displacedBy(catalog.get("filter")!.manifest, before, after)).toEqual(["op", "value"]);
    expect(displacedBy(catalog.get("filter")!.manifest, {}, before)).toEqual([]);
  });
});

test("what is wrong with a node as a whole is told beside its fields", () => {
  const { fields, problems } = formFor("mqtt", { broker: "mqtt://a", connection: "b" });
  expect(problemsBeside(fields, problems).length).toBeGreaterThan(0);
  const unknown = formFor("filter", { op: ">", value: 1, opp: 2 });
  expect(problemsBeside(unknown.fields, unknown.problems)[0]!.message).toContain("did you mean `op`?");
});

test.each([...catalog.values()].map(({ name }) => name))("%s has a form without a field of raw JSON", (name) => {
  const kinds = (fields: readonly Field[]): string[] =>
    fields.flatMap(({ control }) => [control.kind, ...(control.kind === "group" ? kinds(control.fields) : [])]);
  expect(kinds(formOf(catalog.get(name)!.manifest, {}, []))).not.toContain("json");
});
