// What the page of drivers says.

import type { DriverState } from "@flowfusion/client";

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

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
  /** By the code of the system. */
  systemErrors: {
    ECONNREFUSED: (peer: string) => `Nothing listens at ${peer}`,
    ECONNRESET: (peer: string) => `${capital(peer)} cut the connection`,
    EPIPE: (peer: string) => `${capital(peer)} cut the connection`,
    ETIMEDOUT: (peer: string) => `${capital(peer)} does not answer`,
    EHOSTUNREACH: (peer: string) => `No way leads to ${peer}`,
    ENETUNREACH: (peer: string) => `No way leads to the network of ${peer}`,
    ENOTFOUND: (peer: string) => `No host is called ${peer}`,
    EAI_AGAIN: (peer: string) => `The name ${peer} could not be looked up`,
  },
  theDevice: "the device",
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
  declare: "New driver",
  edit: "Change",
  remove: "Delete",
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: "Its process ends, and its configuration and secrets are forgotten. Its tags get no updates any more.",
  removed: (name: string) => `${name} is deleted`,
  saved: (name: string) => `${name} is declared and starts`,
  form: {
    titleNew: "New driver",
    title: (name: string) => `Change ${name}`,
    textNew:
      "A process of its own that reads a device and pushes its tags into the gateway. It starts at once, and again whenever it ends.",
    text: "The driver is started anew with what you give here. Where a Pulumi program declares it, the next pulumi up puts the program's version back.",
    name: "Name",
    nameRule: "A lower-case letter, then up to 62 of a-z, 0-9, _ and -",
    kind: "Kind",
    choose: "Choose a kind",
    loading: "Reading the kinds of drivers",
    forget: "Forget this secret",
    cancel: "Cancel",
    declare: "Declare",
    save: "Save",
  },
  emptyTitle: "No driver is declared",
  emptyText:
    "A driver reads devices and pushes tag updates into the gateway, as a process of its own. This one simulates a plant.",
  emptyCommand: "the commands",
} as const;

export const starterCommand = `echo '{"updatesPerSecond": 5000}' > plant.json
flowfusion driver put plant --kind simulator --config plant.json`;
