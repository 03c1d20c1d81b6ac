// The program that the states in this folder were written by: a bit of everything that a Flow has.

/** Endpoint and token come from the stack's configuration, as in all programs of the tests; trip.wasm is beside the program. */
export const stateProgram = ({ threshold = 90 } = {}): string => `
  new ff.Flow("boiler", {
    gateway,
    options: { healthGateMs: 0, limits: { fuelPerMessage: 90_000 } },
    preview: { updates: 0 },
    nodes: {
      temps: ff.tagInput({ tags: ["boiler/+/temp", "kiln/#"] }),
      hot: ff.filter({ op: ">", value: ${threshold} }),
      route: ff.switch({ cases: [{ op: ">", value: 110 }, { op: "==", value: 100 }] }),
      alarms: ff.mqtt({ broker: "mqtt://127.0.0.1:1883", topic: "alarms/{topic}" }),
      mean: ff.agg({ op: "avg", size: 10, topic: "boiler/mean" }),
      log: ff.file({ path: "hot.jsonl" }),
    },
    wires: (n) => [
      n.temps.out.to(n.hot.in),
      n.hot.pass.to(n.route.in),
      n.route.case1.to(n.alarms.in),
      n.route.else.to(n.mean.in),
      n.mean.out.to(n.log.in),
    ],
  });
  const trip = ff.module(
    { name: "trip", inputs: [{ name: "in", type: "tag" }], outputs: [{ name: "out", type: "tag" }] },
    new pulumi.asset.FileAsset("trip.wasm"),
  );
  new ff.Flow("kiln-resource", {
    name: "kiln",
    gateway,
    nodes: { in: ff.tagInput({ tags: ["kiln/#"] }), trip: trip({}), out: ff.file({ path: "kiln.jsonl" }) },
    wires: (n) => [n.in.out.to(n.trip.in), n.trip.out.to(n.out.in)],
  });
`;
