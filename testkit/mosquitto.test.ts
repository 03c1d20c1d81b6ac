import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { Mosquitto } from "./mosquitto.ts";

test("a subscriber has all that a killed broker gave it, and gets what the next one is given first", async () => {
  await using broker = await Mosquitto.start();
  const received = await broker.subscribe("#", 0);
  // Nothing is read while this runs.
  const publish = (values: readonly unknown[]) =>
    execFileSync("mosquitto_pub", ["-p", `${broker.port}`, "-t", "n", "-q", "1", "-l"], {
      input: values.map((value) => `${JSON.stringify({ value })}\n`).join(""),
    });
  publish(Array.from({ length: 20_000 }, (_, index) => index));
  await broker.kill();
  const { length } = received;
  await broker.start();
  expect(received).toHaveLength(length);
  publish(["next"]);
  await eventually(() => expect(received.slice(length).map(({ payload }) => payload.value)).toEqual(["next"]));
});
