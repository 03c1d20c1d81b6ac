// Boilers that are too hot, told by MQTT, and how the test bench differs from the plant.
//
//   temps ──► hot (alarm) ─┬─ state ──► states (mqtt, retained): 0 normal, 1 high, 2 high-high
//                          └─ event ──► events (mqtt): a JSON document for each transition

import * as ff from "@flowfusion/sdk";
import type * as pulumi from "@pulumi/pulumi";

export interface AlarmOptions {
  /** Temperature from which on a boiler is too hot, °C; 10 more is worse. */
  readonly high: number;
  /** The gateway's connection to the broker that alarms are published to. */
  readonly connection: pulumi.Input<string>;
}

export const plant = ({ high, connection }: AlarmOptions) =>
  ff.graph({
    nodes: {
      temps: ff.tagInput({ tags: ["plant/boiler/+/temp"] }),
      // Comes at the limit, goes 2 °C below it: a temperature that trembles at the limit makes one alarm.
      hot: ff.alarm({ limits: { high, highHigh: high + 10 }, hysteresis: 2 }),
      states: ff.mqtt({ connection, topic: "alarms/{topic[2]}/state", retain: true }),
      events: ff.mqtt({ connection, topic: "alarms/{topic[2]}/event" }),
    },
    wires: (n) => [n.temps.out.to(n.hot.in), n.hot.state.to(n.states.in), n.hot.event.to(n.events.in)],
  });

/** The same on a test bench, which tells nobody: alarms go to files. */
export const bench = ({ high }: Pick<AlarmOptions, "high">) =>
  ff.overlay(plant({ high, connection: "none" }), {
    states: ff.file({ path: "states.jsonl" }),
    events: ff.file({ path: "events.jsonl" }),
  });
