// What a simulation gave, for assertions, and the same in short for snapshots: a line for each message, numbers rounded, in
// an order that does not depend on anything but the flow and its readings.

import type { Message, MessageValue, TrapCause } from "@flowfusion/graph";
import { qualityNames } from "@flowfusion/graph";

/** A message that came out of the flow, or of one of its nodes. */
export interface Emission {
  /** Its timestamp, ms from the beginning of the readings. */
  readonly at: number;
  readonly topic: string;
  /** An int64 is a number where a number can hold it, else a bigint. */
  readonly value: MessageValue;
  readonly quality: (typeof qualityNames)[number];
}

/** A line that a node wrote into the flow's log. */
export interface LogLine extends Emission {
  readonly node: string;
}

/** How many messages a node got, and gave by output; `out` of a sink is empty. */
export interface NodeCounts {
  readonly in: number;
  readonly out: { readonly [output: string]: number };
}

/** What stopped the flow: a gateway would keep the message, and begin again without it. */
export interface DeadLetter {
  /** The node that was running; absent when the flow itself is at fault. */
  readonly node?: string;
  readonly cause: TrapCause;
  /** Absent when it was no message but time that stopped it. */
  readonly message?: Emission;
}

/** What a flow did with its readings. `expect(simulation).toMatchSnapshot()` shows a line for each message. */
export class Simulation {
  /** Readings that were fed. */
  readonly readings: number;
  /** Readings that no input takes. */
  readonly unmatched: number;
  /** What each sink would send, by id, in order. */
  readonly sinks: { readonly [id: string]: readonly Emission[] };
  /** What came out of the graph's own outputs, by name, and of the ports that were watched, by `node.port`. */
  readonly outputs: { readonly [name: string]: readonly Emission[] };
  /** Messages counted at each node, by id. */
  readonly nodes: { readonly [id: string]: NodeCounts };
  /** What nodes wrote into the flow's log. */
  readonly log: readonly LogLine[];
  /** The message that stopped the flow, if one did; what follows it was not run. */
  readonly deadLetters: readonly DeadLetter[];

  constructor({ readings, unmatched, sinks, outputs, nodes, log, deadLetters }: SimulationFields) {
    this.readings = readings;
    this.unmatched = unmatched;
    this.sinks = sinks;
    this.outputs = outputs;
    this.nodes = nodes;
    this.log = log;
    this.deadLetters = deadLetters;
  }

  /** The form for snapshots. */
  toJSON(): object {
    const lines = (all: SimulationFields["sinks"]) => mapValues(all, (emissions) => emissions.map(lineOf));
    return {
      sinks: lines(this.sinks),
      ...(Object.keys(this.outputs).length > 0 && { outputs: lines(this.outputs) }),
      nodes: mapValues(this.nodes, countsLine),
      ...(this.log.length > 0 && { log: this.log.map((line) => `${line.node}: ${lineOf(line)}`) }),
      ...(this.deadLetters.length > 0 && { deadLetters: this.deadLetters.map(deadLetterLine) }),
    };
  }
}

type SimulationFields = Omit<Simulation, "toJSON">;

/** Digits that a snapshot shows of a number. */
const shownDigits = 6;

function lineOf({ at, topic, value, quality }: Emission): string {
  return `${rounded(at / 1_000)} s  ${topic}  ${valueText(value)}${quality === "good" ? "" : ` (${quality})`}`;
}

function countsLine({ in: count, out }: NodeCounts): string {
  return [`in ${count}`, ...Object.entries(out).map(([output, emitted]) => `${output} ${emitted}`)].join(", ");
}

function deadLetterLine({ node = "the flow", cause, message }: DeadLetter): string {
  return `${node}: ${cause}${message === undefined ? "" : ` at ${lineOf(message)}`}`;
}

const rounded = (value: number): string => String(Number(value.toPrecision(shownDigits)));

function valueText(value: MessageValue): string {
  if (typeof value === "number") return rounded(value);
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  return String(value);
}

function mapValues<T, U>(object: { readonly [key: string]: T }, map: (value: T) => U): { [key: string]: U } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

const nsPerMs = 1e6;

export function emissionOf({ topic, timestampNs, quality, value }: Message, originNs: bigint): Emission {
  const at = Number(timestampNs - originNs) / nsPerMs;
  return { at, topic, value: plainValue(value), quality: qualityNames[quality] };
}

const plainValue = (value: MessageValue): MessageValue =>
  typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
