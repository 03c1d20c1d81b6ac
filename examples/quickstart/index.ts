// A boiler house in one flow: hot boilers raise alarms, every hundredth reading becomes an average, the heat that a
// boiler gives is set against the pumps' speed, and an audit trail gets every update as it came.
//
//   everything ──► audit (nng)
//   temps ──► spread ─┬─► celsius ──► hot ──► route ─┬─► critical (file)
//                     │                              └─► warnings (file)
//                     ├─► average ──► trends (file)
//                     └─► load.left ─┐
//   pumps ────────────► load.right ──┴─► loads (file)

import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const flow = new ff.Flow("boiler", {
  gateway: { endpoint: config.require("endpoint"), token: config.requireSecret("token") },

  nodes: {
    // The audit trail: each update of the plant, as it came.
    everything: ff.tagInput({ tags: ["#"] }),
    audit: ff.nng({ address: config.get("audit") ?? "tcp://127.0.0.1:5599" }),

    temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
    pumps: ff.tagInput({ tags: ["pump/+/speed"] }),
    spread: ff.fanOut(),

    // The sensors are calibrated half a degree low.
    celsius: ff.scale({ offset: 0.5 }),
    hot: ff.filter({ op: ">", value: config.getNumber("threshold") ?? 90 }),
    route: ff.switch({ cases: [{ op: ">", value: 110 }] }),
    critical: ff.file({ path: "critical.jsonl" }),
    warnings: ff.file({ path: "warnings.jsonl" }),

    // State: the window survives each swap.
    average: ff.agg({ op: "avg", size: 100, topic: "boiler/average" }),
    trends: ff.file({ path: "trends.jsonl" }),

    load: ff.binaryCombine({ op: "*", topic: "boiler/load" }),
    loads: ff.file({ path: "loads.jsonl" }),
  },

  wires: (n) => [
    n.everything.out.to(n.audit.in),

    n.temps.out.to(n.spread.in),
    n.spread.out1.to(n.celsius.in),
    n.celsius.out.to(n.hot.in),
    n.hot.pass.to(n.route.in),
    n.route.case1.to(n.critical.in),
    n.route.else.to(n.warnings.in),

    n.spread.out2.to(n.average.in),
    n.average.out.to(n.trends.in),

    n.spread.out3.to(n.load.left),
    n.pumps.out.to(n.load.right),
    n.load.out.to(n.loads.in),
  ],
});

/** Known in the preview already: the same program always gives the same module. */
export const digest = flow.digest;
export const generation = flow.generation;
/** Of the last swap: how long the flow took no input, ms, and whose state was carried over. */
export const swapPauseMs = flow.swapPauseMs;
export const stateKept = flow.state.kept;
