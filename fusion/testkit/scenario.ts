// What is done with a flow to see how it behaves, and everything that can be seen of it meanwhile. The same for each way
// of running a flow, so that what is seen must be equal.

import { FlowFusionError, type TrapCause } from "@flowfusion/graph";
import { FlowTrap, type RunningFlow } from "../host/running-flow.ts";

/** Input, and the time that the flow is told after it. */
interface Part {
  readonly frames: Uint8Array;
  readonly nowNs: bigint;
}

/**
 * Parts that one flow runs, in order. From the second on, each is also run by a fresh flow that loads what the first had
 * saved by then.
 */
export type Scenario = readonly Part[];

/** Bytes as hexadecimal digits, of a state what can be compared. Counters: for each node messages in, then emissions by output port. */
export type Observation =
  | {
      readonly consumed: number;
      readonly outbox: string;
      readonly state: string;
      readonly counters: readonly (readonly number[])[];
    }
  | { readonly trap: TrapCause; readonly node: number; readonly cursor: number }
  | { readonly refusal: string };

/** Ends with the first trap or refusal. `start`: makes a fresh flow that is not configured yet. */
export function runScenario(start: () => RunningFlow, scenario: Scenario): Observation[] {
  const seen: Observation[] = [];
  try {
    const flow = configured(start());
    for (const [index, part] of scenario.entries()) {
      const saved = flow.saveState();
      seen.push(observe(flow, part));
      if (index === 0) continue;
      const fresh = configured(start());
      fresh.loadState(saved);
      seen.push(observe(fresh, part));
    }
  } catch (error) {
    seen.push(failure(error));
  }
  return seen;
}

/** Of a state without its checksum: of which sign a computed NaN is, WebAssembly leaves to the engine. */
export function comparableState(hex: string): string {
  const [beforeChecksum, behindChecksum] = [16, 32];
  return (hex.slice(0, beforeChecksum) + hex.slice(behindChecksum)).replaceAll("000000000000f8ff", "000000000000f87f");
}

function configured(flow: RunningFlow): RunningFlow {
  flow.configure();
  return flow;
}

function observe(flow: RunningFlow, { frames, nowNs }: Part): Observation {
  const consumed = flow.execute(frames);
  const executed = flow.takeOutbox();
  flow.tick(nowNs);
  return {
    consumed,
    outbox: Buffer.concat([executed, flow.takeOutbox()]).toString("hex"),
    state: comparableState(Buffer.from(flow.saveState()).toString("hex")),
    counters: flow.nodeCounters().map(({ messagesIn, messagesOut }) => [messagesIn, ...messagesOut]),
  };
}

function failure(error: unknown): Observation {
  if (error instanceof FlowTrap) return { trap: error.trapCause, node: error.nodeIndex, cursor: error.cursor };
  if (error instanceof FlowFusionError) return { refusal: error.message };
  throw error;
}
