// What the page of drivers says.

import type { DriverState } from "@flowfusion/client";

export const driversText = {
  title: "Drivers",
  table: "Drivers of this gateway",
  columns: {
    name: "Driver",
    state: "State",
    device: "Device",
    rate: "Updates / s",
    updates: "Updates",
    bad: "Bad",
    dropped: "Dropped",
    restarts: "Restarts",
    memory: "Memory",
    actions: "Actions",
  },
  states: {
    starting: "Starting",
    running: "Running",
    backing_off: "Starts again soon",
    finished: "Finished",
    failed: "Failed",
    stopped: "Stopped",
  } satisfies { [state in DriverState]: string },
  devices: { connecting: "Connecting", connected: "Connected", silent: "Silent" },
  none: "–",
  logs: "Log",
  logsOf: (name: string) => `Log of ${name}`,
  logsText: "The newest lines that the driver's process wrote.",
  noLogs: "It has written nothing yet.",
  restart: "Restart",
  restarted: (name: string) => `${name} is started anew`,
  stop: "Stop",
  stopped: (name: string) => `${name} is stopped`,
  start: "Start",
  started: (name: string) => `${name} is started`,
  failed: (name: string) => `${name} was left as it was`,
  stopTitle: (name: string) => `Stop ${name}?`,
  stopText: "Its tags get no updates until it is started again. Flows run on with what they have.",
  actionsOf: (name: string) => `Actions for ${name}`,
  emptyTitle: "No driver is declared",
  emptyText:
    "A driver reads devices and pushes tag updates into the gateway, as a process of its own. This one simulates a plant.",
  emptyCommand: "the commands",
} as const;

export const starterCommand = `echo '{"updatesPerSecond": 5000}' > plant.json
flowfusion driver put plant --kind simulator --config plant.json`;
