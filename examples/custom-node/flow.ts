// The flow apart from where it runs, so that a test can run it without a gateway.
//
//   levels ──► calm (our own) ──┬─► full ──► alarms (file)
//                               └─► trend (file)

import * as ff from "@flowfusion/sdk";
import { median } from "./generated/median.ts";

/** `limit`: the level from which on the tank counts as full, %. */
export const tank = (limit: number) =>
  ff.graph({
    nodes: {
      levels: ff.tagInput({ tags: ["tank/1/level"] }),
      calm: median({ size: 5 }),
      full: ff.filter({ op: ">=", value: limit }),
      alarms: ff.file({ path: "alarms.jsonl" }),
      trend: ff.file({ path: "trend.jsonl" }),
    },
    wires: (n) => [
      n.levels.out.to(n.calm.in),
      n.calm.out.to(n.full.in),
      n.full.pass.to(n.alarms.in),
      n.calm.out.to(n.trend.in),
    ],
  });
