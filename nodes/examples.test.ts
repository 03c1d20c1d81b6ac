// The examples on the nodes' pages do what the pages say.

import { describe, expect, it } from "vitest";
import { builtinCatalog } from "./catalog.ts";
import { examplesOf } from "./examples.ts";
import { expectTable } from "./testing.ts";

const withPort = [...(await builtinCatalog()).values()].filter(({ manifest }) => manifest.outputs.length > 0);

describe.each(withPort.map(({ manifest }) => manifest.name))("an example of %s", (type) => {
  const examples = examplesOf(type);

  it("is there", () => {
    expect(examples).not.toEqual([]);
  });

  it.each(examples)("gives what its table says: $title", ({ title, props, rows }) => {
    expectTable(type, [title, props, rows]);
  });
});
