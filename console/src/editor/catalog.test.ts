import { describe, expect, test } from "vitest";
import { roleOf, searchKinds } from "./catalog.ts";
import { applyCommand } from "./commands.ts";
import { pruned, selectAll, selectNodes } from "./selection.ts";
import { boiler, catalog, id } from "./testkit.ts";

describe("the palette", () => {
  const found = (query: string) => searchKinds(catalog, query).map(({ name }) => name);

  test("shows all without a query, by name", () => {
    expect(found(" ")).toEqual([...catalog.keys()].sort());
  });

  test("finds by name first, then by words, properties and ports", () => {
    expect(found("rate")[0]).toBe("rate_of_change");
    expect(found("tag input")[0]).toBe("tag_input");
    expect(found("broker")).toContain("mqtt");
    expect(found("sink")).toEqual(expect.arrayContaining(["file", "http", "mqtt", "nats", "nng"]));
    expect(found("hysteresis")).toContain("alarm");
    expect(found("no such thing")).toEqual([]);
  });

  test("knows sources and sinks by what they do, not by name", () => {
    expect(roleOf(catalog.get("tag_input")!.manifest)).toBe("source");
    expect(roleOf(catalog.get("filter")!.manifest)).toBe("transform");
    expect(roleOf(catalog.get("nats")!.manifest)).toBe("sink");
  });
});

test("a selection forgets what is gone, and stays the same where nothing is", () => {
  const all = selectAll(boiler);
  expect(pruned(all, boiler)).toBe(all);
  const without = applyCommand(boiler, { kind: "remove", nodes: [id("hot")], wires: [] });
  expect(pruned(all, without)).toEqual(selectAll(without));
  expect(pruned(selectNodes([id("hot")]), without)).toEqual(selectNodes([]));
});
