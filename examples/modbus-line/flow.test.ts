import { simulate } from "@flowfusion/testing";
import { expect, test } from "vitest";
import { line } from "./flow.ts";

const temp = (value: number) => ({ tag: "line4/oven/temp", value });
const flow = line(0.5, "tcp://127.0.0.1:5599");

test("noise within the band is not sent, a move is", async () => {
  const { sinks } = await simulate(flow, [200, 200.3, 199.8, 200.6, 200.9, 201.2].map(temp));
  expect(sinks.history!.map(({ value }) => value)).toEqual([200, 200.6, 201.2]);
});

test("a line that stands still is heard of once a minute", async () => {
  const { sinks } = await simulate(flow, [temp(200), { at: 130_000 }]);
  expect(sinks.history!.map(({ quality }) => quality)).toEqual(["good", "uncertain", "uncertain"]);
});
