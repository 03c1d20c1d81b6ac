// What was seen at each port lately, for the last value on a wire and for charts. Pure.

import type { TraceStep } from "@flowfusion/client";
import type { MessageDocument } from "@flowfusion/graph";

export interface SeenValue {
  /** When it passed, ms since the epoch. */
  readonly atMs: number;
  readonly topic: string;
  readonly value: MessageDocument["value"];
}

/** A port of a node. An input and an output may have the same name, so the side is told. */
export type PortKey = `${string}.${"in" | "out"}.${string}`;
export type PortValues = ReadonlyMap<PortKey, readonly SeenValue[]>;

const valuesMax = 400;

export const outputKey = (node: string, port: string): PortKey => `${node}.out.${port}`;
export const inputKey = (node: string, port: string): PortKey => `${node}.in.${port}`;

/** Those of before with what steps add, oldest first; the newest of each port are kept. */
export function withValues(known: PortValues, steps: readonly TraceStep[]): PortValues {
  if (steps.length === 0) return known;
  const added = new Map<PortKey, SeenValue[]>();
  const add = (key: PortKey, { topic, value }: MessageDocument, atMs: number): void => {
    const seen = added.get(key) ?? [];
    seen.push({ atMs, topic, value });
    added.set(key, seen);
  };
  for (const { node, input, message, emissions, at } of steps) {
    const atMs = Date.parse(at);
    if (message !== undefined) add(inputKey(node, input), message, atMs);
    for (const { output, message: emitted } of emissions) add(outputKey(node, output), emitted, atMs);
  }
  const values = new Map(known);
  for (const [key, seen] of added) values.set(key, [...(known.get(key) ?? []), ...seen].slice(-valuesMax));
  return values;
}

const isNumber = ({ value }: SeenValue): boolean => typeof value === "number" || typeof value === "boolean";

/** So many lines can be told apart. */
const linesMax = 6;

/** The topics that a chart shows: those that it showed before, and further ones as they come, so that no line jumps. */
export function topicsOf(seen: readonly SeenValue[], before: readonly string[]): readonly string[] {
  const found = new Set(seen.filter(isNumber).map(({ topic }) => topic));
  return [...new Set([...before, ...found])].slice(0, linesMax);
}

export interface Plot {
  /** Seconds since the epoch, rising; then the values of each topic at those times. */
  readonly data: [number[], ...(number | null)[][]];
  /** Topics that are not shown. */
  readonly left: number;
}

/** Numbers and truths by topic, as a chart takes them; text has no height and is left out. */
export function plotOf(seen: readonly SeenValue[], topics: readonly string[]): Plot {
  const numbers = seen.filter(isNumber);
  const shown = numbers.filter(({ topic }) => topics.includes(topic));
  const times = [...new Set(shown.map(({ atMs }) => atMs / 1_000))].sort((a, b) => a - b);
  const lines = topics.map((topic) => {
    const own = shown.filter((point) => point.topic === topic);
    const at = new Map(own.map(({ atMs, value }) => [atMs / 1_000, Number(value)]));
    return times.map((time) => at.get(time) ?? null);
  });
  const left = new Set(numbers.map(({ topic }) => topic).filter((topic) => !topics.includes(topic))).size;
  return { data: [times, ...lines], left };
}
