// The configuration of the simulator when a gateway runs it.

import { defineKind, integer, object, type Static } from "@flowfusion/driver-kit";
import { plantTags } from "./plant.ts";

const simulatorConfig = object({
  updatesPerSecond: integer({
    description: "Updates a second, over all tags.",
    minimum: 1,
    maximum: 1_000_000,
    default: 1_000,
  }),
  tags: integer({ description: "How many tags the plant has.", minimum: 1, maximum: 100_000, default: 350 }),
  seed: integer({ description: "Same seed, same signals.", minimum: 0, maximum: 4_294_967_295, default: 1 }),
});

export type SimulatorConfig = Static<typeof simulatorConfig>;

export const simulatorKind = defineKind({
  kind: "simulator",
  summary: "Makes plausible signals of a plant: boilers, tanks, pumps, valves and lines.",
  config: simulatorConfig,
  secrets: {},
  example: { updatesPerSecond: 5_000 },
  tags: ({ tags }) => plantTags(tags),
  program: new URL("./driver.ts", import.meta.url),
});
