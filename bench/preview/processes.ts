// What processor time a run of the CLI takes, by the parts that it consists of. Sampled from /proc while it runs, as the
// CLI ends its plugins by force, which tells nobody what they took; empty where there is no /proc.

import { readdirSync, readFileSync } from "node:fs";

const sampleMs = 100;
/** Of one tick of the clock that /proc counts in. */
const tickMs = 10;

/** ms by part. */
export interface ProcessorTime {
  readonly [part: string]: number;
}

/** How a part is told by its command line; the first that fits counts. */
const parts: readonly (readonly [part: string, pattern: RegExp])[] = [
  ["provider", /provider\.mjs|pulumi-resource-flowfusion/],
  ["program", /@pulumi\/pulumi\/cmd\/run/],
  ["languageHost", /language/],
  ["cli", /pulumi/],
];

/** Samples the process and all below it until told to stop. */
export function watchProcessorTime(pid: number): { stop(): ProcessorTime } {
  const taken = new Map<number, { part: string; ms: number }>();
  const timer = setInterval(() => sample(pid, taken), sampleMs);
  return {
    stop() {
      clearInterval(timer);
      const sums: { [part: string]: number } = {};
      for (const { part, ms } of taken.values()) sums[part] = (sums[part] ?? 0) + ms;
      return sums;
    },
  };
}

function sample(root: number, taken: Map<number, { part: string; ms: number }>): void {
  const processes = new Map(readProcesses().map((each) => [each.pid, each]));
  const isBelow = (pid: number): boolean => pid === root || (processes.has(pid) && isBelow(processes.get(pid)!.parent));
  for (const { pid, command, ms } of processes.values()) {
    const part = parts.find(([, pattern]) => pattern.test(command))?.[0];
    // A process that has just ended has no command line any more; what was seen before is its name.
    if (isBelow(pid)) taken.set(pid, { part: part ?? taken.get(pid)?.part ?? "other", ms });
  }
}

function readProcesses() {
  return pids().flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // Behind the name, which may hold anything: state, parent, …, and as the 12th and 13th user and system time.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const ms = (Number(fields[11]) + Number(fields[12])) * tickMs;
      return [{ pid, parent: Number(fields[1]), ms, command: readFileSync(`/proc/${pid}/cmdline`, "utf8") }];
    } catch {
      return []; // It has ended in between.
    }
  });
}

function pids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
