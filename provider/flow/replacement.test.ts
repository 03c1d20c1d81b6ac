import { builtinCatalog } from "@flowfusion/nodes";
import { expect, test } from "vitest";
import { readInputs } from "./inputs.ts";
import { lostByReplacement } from "./replacement.ts";

const lost = async (nodes: { readonly [id: string]: { readonly type: string } }) =>
  lostByReplacement(
    readInputs({ nodes: { temps: { type: "tag_input" }, ...nodes }, wires: [] }),
    await builtinCatalog(),
  );

test("names the nodes whose state begins anew, and those of a type that is not known here", async () => {
  const told = await lost({
    mean: { type: "agg" },
    hot: { type: "filter" },
    calm: { type: "median" },
    sum: { type: "totalizer" },
  });
  expect(told).toContain("the state of mean, sum, calm (if it has any) begins anew");
});

test("says so where there is no state to lose", async () => {
  expect(await lost({ hot: { type: "filter" } })).toContain("no node of it has state to lose");
});
