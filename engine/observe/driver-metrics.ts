// The counters of drivers as Prometheus families.

import type { DriverSnapshot } from "../drivers/supervised-driver.ts";
import type { Family } from "./exposition.ts";

const states = ["starting", "running", "backing_off", "finished", "failed", "stopped"] as const;

export type NamedDriver = DriverSnapshot & { readonly name: string };

export function driverFamilies(drivers: readonly NamedDriver[]): readonly Family[] {
  const each = (type: Family["type"], name: string, help: string, read: (driver: NamedDriver) => number): Family => ({
    ...{ type, name, help },
    samples: drivers.map((driver) => ({ labels: { driver: driver.name }, value: read(driver) })),
  });
  return [
    {
      type: "gauge",
      name: "flowfusion_driver_state",
      help: "1 for the state that the driver is in.",
      samples: drivers.flatMap(({ name, state }) =>
        states.map((candidate) => ({ labels: { driver: name, state: candidate }, value: candidate === state ? 1 : 0 })),
      ),
    },
    each("gauge", "flowfusion_driver_device_connected", "1 while the driver's device answers.", ({ device }) =>
      device === "connected" ? 1 : 0,
    ),
    each(
      "gauge",
      "flowfusion_driver_bad_tags",
      "Tags of the driver that are bad now.",
      ({ badTags }) => badTags?.count ?? 0,
    ),
    each("counter", "flowfusion_driver_updates_total", "Tag updates that the driver sent.", ({ updates }) => updates),
    each("counter", "flowfusion_driver_bad_updates_total", "Tag updates of quality bad.", ({ bad }) => bad),
    each(
      "counter",
      "flowfusion_driver_dropped_updates_total",
      "Tag updates that found no room on the way to the gateway.",
      ({ dropped }) => dropped,
    ),
    {
      type: "counter",
      name: "flowfusion_driver_lost_updates_total",
      help: "Tag updates that a gateway did not take when it or the driver ended, of the gateway before too, by cause.",
      samples: drivers.flatMap(({ name, unsent, inDoubt }) => [
        { labels: { driver: name, cause: "unsent" }, value: unsent },
        { labels: { driver: name, cause: "in_doubt" }, value: inDoubt },
      ]),
    },
    each("counter", "flowfusion_driver_restarts_total", "Starts after a crash.", ({ restarts }) => restarts),
    each(
      "gauge",
      "flowfusion_driver_resident_memory_bytes",
      "Memory of the driver's process.",
      ({ rssBytes }) => rssBytes ?? 0,
    ),
  ];
}
