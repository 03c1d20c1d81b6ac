// A line's oven, polled five times a second: what changes goes to the historian, and once a minute all of it.
//
//   temp ─────► moved (deadband) ──┐
//   pressure ─► steps (deadband) ──┴─► history (nng)

import * as ff from "@flowfusion/sdk";

/** Silence after which a value is sent although it has not moved, ms: the historian shall know that the line is alive. */
const silenceMs = 60_000;

/** One value of the line, sent when it moves by more than the band. */
const changes = (tag: string, band: number) =>
  ff.graph({
    nodes: {
      tag: ff.tagInput({ tags: [tag] }),
      moved: ff.deadband({ band, maxSilenceMs: silenceMs }),
    },
    wires: (n) => [n.tag.out.to(n.moved.in)],
    outputs: (n) => ({ out: n.moved.out }),
  });

/** `band`: how far the temperature may move without being sent, °C. `history`: the historian's PULL socket. */
export const line = (band: number, history: string) =>
  ff.graph({
    nodes: {
      temp: changes("line4/oven/temp", band),
      pressure: changes("line4/oven/pressure", 0),
      history: ff.nng({ address: history }),
    },
    wires: (n) => [n.temp.out.to(n.history.in), n.pressure.out.to(n.history.in)],
  });
