// What a driver's log tells of its device: how it does at each change, and each error once for as long as that state lasts. A
// device that comes and goes all the time, or fails in ever new words, fills no log: beyond some lines a minute the rest is counted.

import type { DeviceState, ReportLevel } from "./protocol.ts";

const linesPerMinuteMax = 20;
const minuteMs = 60_000;
/** What of the errors is remembered: of each its beginning, of many the newest. */
const errorCharsMax = 512;
const errorsMax = 100;

export interface DeviceLine {
  readonly level: ReportLevel;
  readonly message: string;
}

export class DeviceLog {
  readonly #nowMs: () => number;
  #state: DeviceState = "connecting";
  /** Errors that were told since the state changed, oldest first. */
  readonly #told = new Set<string>();
  #minuteEndsMs = Number.NEGATIVE_INFINITY;
  #inMinute = 0;
  #leftOut = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The line for the log, or undefined where it says nothing new or there are too many. */
  tell(state: DeviceState, error?: string): DeviceLine | undefined {
    const isChange = state !== this.#state;
    if (isChange) this.#told.clear();
    this.#state = state;
    const known = error?.slice(0, errorCharsMax);
    if (!isChange && (known === undefined || this.#told.has(known))) return undefined;
    if (this.#nowMs() >= this.#minuteEndsMs) {
      this.#minuteEndsMs = this.#nowMs() + minuteMs;
      this.#inMinute = 0;
    }
    if (++this.#inMinute > linesPerMinuteMax) {
      this.#leftOut++;
      return undefined;
    }
    if (known !== undefined) this.#remember(known);
    const before = this.#leftOut === 0 ? "" : `(${this.#leftOut} like this left out) `;
    this.#leftOut = 0;
    const isWell = state === "connected" && error === undefined;
    return { level: isWell ? "info" : "warn", message: `${before}${state}${error === undefined ? "" : `: ${error}`}` };
  }

  #remember(error: string): void {
    this.#told.add(error);
    for (const oldest of this.#told) {
      if (this.#told.size <= errorsMax) return;
      this.#told.delete(oldest);
    }
  }
}
