import { simulate } from "@flowfusion/testing";
import { expect, test } from "vitest";
import { bench, plant } from "./flow.ts";

const options = { high: 90, connection: "broker" };
const temp = (value: number) => ({ tag: "plant/boiler/1/temp", value });

test("a temperature that trembles at the limit makes one alarm", async () => {
  const { sinks } = await simulate(plant(options), [89, 90.1, 89.5, 90.2, 88.5, 90, 87.9].map(temp));
  expect(sinks.states!.map(({ at, value }) => [at, value])).toEqual([
    [0, 0],
    [1_000, 1],
    [6_000, 0],
  ]);
});

test("an alarm that gets worse is told again", async () => {
  const { sinks } = await simulate(plant(options), [89, 91, 101].map(temp));
  const events = sinks.events!.map(({ value }) => JSON.parse(String(value)));
  expect(events).toMatchObject([
    { event: "raised", level: "high" },
    { event: "changed", level: "high-high" },
  ]);
});

test("the test bench does the same, and writes to files", async () => {
  const readings = [89, 91, 101, 80].map(temp);
  const [onPlant, onBench] = [await simulate(plant(options), readings), await simulate(bench(options), readings)];
  expect(onBench).toEqual(onPlant);
});
