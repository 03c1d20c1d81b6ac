// The newest lines of a driver's log. A driver that floods it costs a counter: what is beyond so many lines a second is
// left out, and their number is told with the next line that is not.

import type { ReportLevel } from "@flowfusion/driver-kit";

export interface LogLine {
  readonly atMs: number;
  readonly level: ReportLevel;
  readonly message: string;
}

const linesMax = 200;
const linesPerSecondMax = 20;

export class LogRing {
  readonly #nowMs: () => number;
  readonly #onLine: (line: LogLine) => void;
  #lines: LogLine[] = [];
  #second = 0;
  #inSecond = 0;
  #leftOut = 0;

  constructor(nowMs: () => number, onLine: (line: LogLine) => void) {
    this.#nowMs = nowMs;
    this.#onLine = onLine;
  }

  /** Oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** What the supervision itself has to say, where the driver has not just said the same; there is never much of that. */
  note(level: ReportLevel, message: string): void {
    if (this.#lines.at(-1)?.message === message) return;
    this.#append({ atMs: this.#nowMs(), level, message });
  }

  /** What the driver says. */
  add(level: ReportLevel, message: string): void {
    const atMs = this.#nowMs();
    const second = Math.floor(atMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    if (++this.#inSecond > linesPerSecondMax) {
      this.#leftOut++;
      return;
    }
    if (this.#leftOut > 0) this.#append({ atMs, level: "warn", message: `${this.#leftOut} lines were left out` });
    this.#leftOut = 0;
    this.#append({ atMs, level, message });
  }

  #append(line: LogLine): void {
    if (this.#lines.length >= linesMax) this.#lines = this.#lines.slice(1 - linesMax);
    this.#lines.push(line);
    this.#onLine(line);
  }
}
