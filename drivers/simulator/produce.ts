// What the simulator makes as a driver. What the gateway does not take is not made: production waits, as a slow device
// would make a poller wait.

import { setTimeout as sleep } from "node:timers/promises";
import { type DriverContext, steadyMs } from "@flowfusion/driver-kit";
import type { SimulatorConfig } from "./kind.ts";
import { Pacer } from "./pacer.ts";
import { createPlant } from "./plant.ts";
import { Stamps } from "./stamps.ts";
import { wallClockNs } from "./wall-clock.ts";

export async function produce({ config, tags, signal, device }: DriverContext<SimulatorConfig>): Promise<void> {
  const plant = createPlant(config);
  const tagsUtf8 = plant.tags.map((tag) => new TextEncoder().encode(tag));
  const stamps = new Stamps(wallClockNs);
  const pacer = new Pacer(config.updatesPerSecond, steadyMs());
  device("connected");
  for (let made = 0; !signal.aborted; ) {
    const due = pacer.due(steadyMs());
    let stampNs = due > 0 ? stamps.take(due) : 0n;
    for (let i = 0; i < due; i++, made++) {
      if (tags.isFull) await tags.drained();
      const tag = made % tagsUtf8.length;
      const { value, quality } = plant.read(tag, made / config.updatesPerSecond);
      tags.write(tagsUtf8[tag]!, stampNs++, quality, value);
    }
    pacer.paid(due);
    tags.flush();
    await sleep(Math.max(1, pacer.waitMs()), undefined, { signal }).catch(() => {});
  }
}
