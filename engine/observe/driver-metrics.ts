// The counters of drivers as Prometheus families.

import type { DriverSnapshot } from "../drivers/supervised-driver.ts";
import { counter, gauge, label, type Measure } from "./exposition.ts";

const states = ["starting", "running", "backing_off", "finished", "failed", "stopped"] as const;

export type NamedDriver = DriverSnapshot & { readonly name: string };

export const driverMeasures: readonly Measure<NamedDriver>[] = [
  gauge("flowfusion_driver_state", "1 for the state that the driver is in.", ({ state }) =>
    states.map((candidate) => [label("state", candidate), candidate === state ? 1 : 0]),
  ),
  gauge("flowfusion_driver_device_connected", "1 while the driver's device answers.", ({ device }) =>
    device === "connected" ? 1 : 0,
  ),
  gauge("flowfusion_driver_bad_tags", "Tags of the driver that are bad now.", ({ badTags }) => badTags?.count ?? 0),
  counter("flowfusion_driver_updates_total", "Tag updates that the driver sent.", ({ updates }) => updates),
  counter("flowfusion_driver_bad_updates_total", "Tag updates of quality bad.", ({ bad }) => bad),
  counter(
    "flowfusion_driver_dropped_updates_total",
    "Tag updates that found no room on the way to the gateway.",
    ({ dropped }) => dropped,
  ),
  counter(
    "flowfusion_driver_lost_updates_total",
    "Tag updates that a gateway did not take when it or the driver ended, of the gateway before too, by cause.",
    ({ unsent, inDoubt }) => [
      [label("cause", "unsent"), unsent],
      [label("cause", "in_doubt"), inDoubt],
    ],
  ),
  counter("flowfusion_driver_restarts_total", "Starts after a crash.", ({ restarts }) => restarts),
  gauge("flowfusion_driver_resident_memory_bytes", "Memory of the driver's process.", ({ rssBytes }) => rssBytes ?? 0),
];
