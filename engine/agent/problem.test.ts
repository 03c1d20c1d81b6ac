import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, FlowFusionError } from "@flowfusion/graph";
import { expect, test } from "vitest";
import { problemOf } from "./problem.ts";

test("the life of a deploy names each refusal with the status that it is answered with", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/architecture/life-of-a-deploy.md"), "utf8");
  const told = [...page.matchAll(/^\| \w+ \| ([^|]+) \| ([\d, ]+) \|/gm)].flatMap(([, codes, statuses]) => {
    const named = [...codes!.matchAll(/`(FF_(?!PROVIDER)\w+)`/g)].map(([, code]) => code as ErrorCode);
    const given = statuses!.split(", ").map(Number);
    return named.map((code, index) => [code, given[index] ?? given[0]] as const);
  });
  expect(told.length).toBeGreaterThan(20);
  expect(told).toEqual(told.map(([code]) => [code, problemOf(new FlowFusionError(code, ""), "").status]));
});
