// What is read of the line's controller: the manual's addresses, as tags.

import type * as ff from "@flowfusion/sdk";

/** `host` and `port`: the controller. */
export const oven = (host: string, port: number): ff.ModbusConfig => ({
  host,
  port,
  groups: [
    {
      pollIntervalMs: 200,
      tags: [
        { tag: "line4/oven/temp", address: 100, type: "int16", scale: 0.1 },
        { tag: "line4/oven/pressure", address: 101, type: "uint16" },
      ],
    },
  ],
});
