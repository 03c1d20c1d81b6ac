// Sends a recording's readings at the pace at which they were recorded, times a factor, or as fast as the gateway takes
// them. Nothing is dropped: when the gateway is slow, the recording waits.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError, type DriverContext, steadyMs, wallClockNs } from "@flowfusion/driver-kit";
import { FlowFusionError, type Message } from "@flowfusion/graph";
import { readCsv } from "./csv.ts";
import type { ReplayConfig } from "./kind.ts";
import { readRecording } from "./recording.ts";

/** Timers are no more exact than this; what is due within it goes at once. */
const granularityMs = 1;
/** What a timer takes; it fires at once for more. */
const timerMsMax = 2 ** 31 - 1;
const nsPerMs = 1e6;

export class Player {
  readonly #context: DriverContext<ReplayConfig>;
  readonly #path: string;
  readonly #utf8 = new Map<string, Uint8Array>();
  #sent = 0;

  constructor(context: DriverContext<ReplayConfig>) {
    this.#context = context;
    this.#path = join(context.recordings, context.config.path);
  }

  /** Until the end of the recording, or, in a loop, until the driver is to stop. */
  async run(): Promise<void> {
    const { config, signal } = this.#context;
    try {
      do {
        const before = this.#sent;
        await this.#play();
        if (this.#sent === before && !signal.aborted) throw new ConfigError(`${config.path} holds no readings`);
      } while (config.loop && !signal.aborted);
    } catch (error) {
      if (!(error instanceof FlowFusionError)) throw error;
      throw new ConfigError(error.message);
    }
  }

  async #play(): Promise<void> {
    const { config, signal, device } = this.#context;
    const readings = config.csv === undefined ? readRecording(this.#path) : readCsv(this.#path, config.csv);
    let pace: Pace | undefined;
    for await (const batch of readings) {
      device("connected");
      for (const reading of batch) {
        pace ??= new Pace(reading.timestampNs, config.speed);
        for (let waitMs = pace.waitMs(reading.timestampNs); waitMs > granularityMs && !signal.aborted; ) {
          this.#context.tags.flush();
          await sleep(Math.min(waitMs, timerMsMax), undefined, { signal }).catch(() => {});
          waitMs = pace.waitMs(reading.timestampNs);
        }
        if (this.#context.tags.isFull) await this.#context.tags.drained();
        if (signal.aborted) return;
        this.#send(reading, pace);
      }
    }
  }

  #send({ topic, timestampNs, quality, value }: Message, pace: Pace): void {
    const stampNs = this.#context.config.timestamps === "recorded" ? timestampNs : pace.stampNs(timestampNs);
    this.#context.tags.write(this.#tag(topic), stampNs, quality, value);
    this.#sent++;
  }

  #tag(topic: string): Uint8Array {
    let utf8 = this.#utf8.get(topic);
    if (utf8 === undefined) {
      utf8 = new TextEncoder().encode(topic);
      // Recordings have few tags; one that does not is not remembered in full.
      if (this.#utf8.size < 100_000) this.#utf8.set(topic, utf8);
    }
    return utf8;
  }
}

/** Turns recorded time into that of the replay. */
class Pace {
  readonly #firstNs: bigint;
  readonly #speed: number;
  readonly #startMs = steadyMs();
  readonly #startNs = wallClockNs();

  constructor(firstNs: bigint, speed: number) {
    this.#firstNs = firstNs;
    this.#speed = speed;
  }

  waitMs(timestampNs: bigint): number {
    if (this.#speed === 0) return 0;
    return this.#startMs + Number(timestampNs - this.#firstNs) / nsPerMs / this.#speed - steadyMs();
  }

  /** When the reading is due, so that distances in time are exact whatever timers do. */
  stampNs(timestampNs: bigint): bigint {
    if (this.#speed === 0) return wallClockNs();
    return this.#startNs + BigInt(Math.round(Number(timestampNs - this.#firstNs) / this.#speed));
  }
}
