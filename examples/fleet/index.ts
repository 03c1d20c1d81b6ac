// Hot boilers, watched alike in every plant. A change goes to one plant first, then to half of them, then to the rest; each
// wave begins when the one before has passed its trial, and none begins behind one that failed.

import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const fleet = new ff.FlowFleet("boiler", {
  gateways: config.requireObject<Record<string, ff.Gateway>>("gateways"),
  waves: [["pilot"], "50%"],

  nodes: {
    temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
    hot: ff.filter({ op: ">", value: config.getNumber("threshold") ?? 90 }),
    alarms: ff.file({ path: "alarms.jsonl" }),
    mean: ff.agg({ op: "avg", size: 100, topic: "boiler/mean" }),
    trend: ff.file({ path: "trend.jsonl" }),
  },
  wires: (n) => [
    n.temps.out.to(n.hot.in),
    n.hot.pass.to(n.alarms.in),
    n.temps.out.to(n.mean.in),
    n.mean.out.to(n.trend.in),
  ],

  // The kiln plant runs hotter than the others.
  overrides: { kiln: { hot: { value: 160 } } },

  options: { healthGateMs: config.getNumber("healthGateMs") ?? 10_000 },
});

export const waves = fleet.waves;
/** The digest of what each plant runs. */
export const digests = Object.fromEntries(Object.entries(fleet.flows).map(([plant, flow]) => [plant, flow.digest]));
