// What the demo says while it runs. Silent with --json; colours and a line that counts in place only on a terminal.

import type { Summary, Swap } from "./figures.ts";

export interface Counters {
  readonly perSecond: number;
  readonly received: number;
  readonly executeP50Us: number;
  readonly executeP99Us: number;
  readonly endToEndP99Us: number;
}

const english = (value: number): string => value.toLocaleString("en");

export class Narrator {
  readonly #isSilent: boolean;
  readonly #isTerminal = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  readonly #beganMs = performance.now();

  constructor(isSilent: boolean) {
    this.#isSilent = isSilent;
  }

  chapter(title: string): void {
    const seconds = ((performance.now() - this.#beganMs) / 1000).toFixed(0).padStart(3);
    this.#print(`\n${this.#styled("1", title)} ${this.#styled("2", `(${seconds} s)`)}`);
  }

  say(line: string): void {
    this.#print(`  ${line}`);
  }

  /** A line of another program's output. */
  quote(line: string): void {
    this.#print(this.#styled("2", `  │ ${line}`));
  }

  counters({ perSecond, received, executeP50Us, executeP99Us, endToEndP99Us }: Counters): void {
    this.say(
      `${english(perSecond).padStart(7)} updates/s  ${english(received).padStart(9)} so far   flow P50 ${executeP50Us.toFixed(0)} µs, ` +
        `P99 ${executeP99Us.toFixed(0)} µs a batch   end to end P99 ${english(endToEndP99Us)} µs`,
    );
  }

  summary(summary: Summary, { stateKept }: Swap): void {
    this.chapter("What the sink counted");
    const rows: readonly (readonly [string, string])[] = [
      ["updates in", english(summary.tagsIn)],
      ["updates out", english(summary.tagsOut)],
      ["lost", english(summary.lost)],
      ["doubled", english(summary.doubled)],
      ["out of order", english(summary.outOfOrder)],
      ["swap pause", `${summary.swapPauseMs} ms, state carried over: ${stateKept.join(", ") || "none"}`],
      ["flow, P99 a batch", `${summary.flowExecP99Us} µs`],
      ["end to end, P99", `${english(summary.endToEndP99Us)} µs from the simulator's stamp to the audit sink`],
      ["gateway memory", `${summary.gatewayRssMb} MB`],
      ["Flow.wasm", summary.flowDigest],
    ];
    for (const [name, value] of rows) this.say(`${name.padEnd(18)} ${value}`);
    const isClean = summary.lost + summary.doubled + summary.outOfOrder === 0;
    this.say(
      isClean
        ? this.#styled("32", "Nothing lost, nothing doubled, order kept.")
        : this.#styled("31", "The swap was not clean."),
    );
  }

  #styled(code: string, text: string): string {
    return this.#isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  #print(line: string): void {
    if (!this.#isSilent) process.stdout.write(`${line}\n`);
  }
}
