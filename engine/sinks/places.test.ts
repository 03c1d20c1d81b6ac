import { expect, test } from "vitest";
import { Places } from "./places.ts";

test("as many as there are places come in at once, the others in their order when one leaves", async () => {
  const places = new Places(2);
  const entered: number[] = [];
  const all = [0, 1, 2, 3].map(async (who) => {
    await places.enter();
    entered.push(who);
  });
  await Promise.all(all.slice(0, 2));
  expect(entered).toEqual([0, 1]);
  places.leave();
  await all[2];
  expect(entered).toEqual([0, 1, 2]);
  places.leave();
  await all[3];
  expect(entered).toEqual([0, 1, 2, 3]);
});

test("a place that nobody waits for is free for who comes next", async () => {
  const places = new Places(1);
  await places.enter();
  places.leave();
  expect(places.enter()).toBeUndefined();
});
