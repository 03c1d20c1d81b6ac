// A driver that is to run: started, watched, started again with growing pauses when it ends, stopped when it is told to.
//
//   starting ──first report──► running ──ends──► backing_off ──pause──► starting
//                                 │ ends by itself ► finished     refuses its configuration ► failed
//   any ──stop──► stopped

import type { BadTags, DeviceState, DriverStatus, StartDocument } from "@flowfusion/driver-kit";
import { type BackoffPolicy, backoffMs } from "@flowfusion/transport";
import { beginning } from "../beginning.ts";
import {
  cannotStart,
  DriverProcess,
  defaultProcessLimits,
  type ProcessEnd,
  type ProcessLimits,
} from "./driver-process.ts";
import { type LogLine, LogRing } from "./log-ring.ts";

export type DriverState = "starting" | "running" | "backing_off" | "finished" | "failed" | "stopped";

export interface SupervisionPolicy extends ProcessLimits {
  readonly backoff: BackoffPolicy;
  /** After running this long, a crash counts as the first. */
  readonly stableMs: number;
}

export const defaultSupervision: SupervisionPolicy = {
  ...defaultProcessLimits,
  backoff: { firstMs: 500, mostMs: 30_000 },
  stableMs: 60_000,
};

/** Over all runs since the gateway started. */
export interface DriverCounts {
  readonly updates: number;
  readonly bad: number;
  readonly dropped: number;
  /** That a gateway did not take when it, or the driver, ended: they waited, or were being written. */
  readonly unsent: number;
  readonly inDoubt: number;
}

export interface DriverSnapshot extends DriverCounts {
  readonly state: DriverState;
  /** Why it is not running. */
  readonly reason?: string;
  readonly device?: DeviceState;
  readonly lastError?: string;
  readonly lastErrorAtMs?: number;
  /** While it runs; absent where none is. */
  readonly badTags?: BadTags;
  readonly updatesPerSecond: number;
  readonly restarts: number;
  readonly startedAtMs?: number;
  readonly pid?: number;
  readonly rssBytes?: number;
}

export interface SupervisedDriverOptions {
  readonly program: URL;
  readonly start: StartDocument;
  readonly policy: SupervisionPolicy;
  /** Of a driver of that name that was stopped before. */
  readonly counts?: DriverCounts | undefined;
  readonly onLog: (line: LogLine) => void;
  /** See `DataPlane.receipt`. */
  readonly receipt: (session: string) => Promise<number>;
}

const rateMsMin = 500;
export const noCounts: DriverCounts = { updates: 0, bad: 0, dropped: 0, unsent: 0, inDoubt: 0 };

export class SupervisedDriver {
  readonly #options: SupervisedDriverOptions;
  readonly #logs: LogRing;
  #process: DriverProcess | undefined;
  #state: DriverState = "starting";
  #reason: string | undefined;
  #status: DriverStatus | undefined;
  #rateSince = { atMs: 0, updates: 0 };
  #updatesPerSecond = 0;
  /** Of the runs before. */
  #counts: DriverCounts;
  #failures = 0;
  #restarts = 0;
  #startedAtMs = () => 0;
  /** By a clock that nobody puts forward or back. */
  #beganMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopping: PromiseWithResolvers<void> | undefined;

  constructor(options: SupervisedDriverOptions) {
    this.#options = options;
    this.#counts = options.counts ?? noCounts;
    this.#logs = new LogRing(Date.now, options.onLog);
    this.#start();
  }

  get logs(): readonly LogLine[] {
    return this.#logs.lines;
  }

  snapshot(): DriverSnapshot {
    const counts = this.#sum();
    const status = this.#status;
    const isAlive = this.#process !== undefined;
    return {
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(status === undefined || !isAlive ? {} : { device: status.device, rssBytes: status.rssBytes }),
      ...(isAlive && status?.badTags !== undefined ? { badTags: status.badTags } : {}),
      ...(status?.lastError === undefined ? {} : { lastError: status.lastError }),
      ...(status?.lastErrorAtMs === undefined ? {} : { lastErrorAtMs: status.lastErrorAtMs }),
      ...counts,
      updatesPerSecond: this.#state === "running" ? this.#updatesPerSecond : 0,
      restarts: this.#restarts,
      ...(isAlive ? { startedAtMs: this.#startedAtMs() } : {}),
      ...(this.#process?.pid === undefined ? {} : { pid: this.#process.pid }),
    };
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#process === undefined) {
      this.#state = "stopped";
      return;
    }
    this.#stopping ??= Promise.withResolvers<void>();
    this.#process.stop();
    await this.#stopping.promise;
  }

  #start(): void {
    const { program, start, policy, receipt } = this.#options;
    this.#state = "starting";
    this.#startedAtMs = beginning();
    this.#beganMs = performance.now();
    this.#rateSince = { atMs: this.#beganMs, updates: 0 };
    try {
      this.#process = new DriverProcess(program, start, policy, {
        status: (status) => this.#report(status),
        log: (level, message) => this.#logs.add(level, message),
        receipt,
        ended: (end) => this.#ended(end),
      });
    } catch (error) {
      this.#ended(cannotStart(error as Error));
    }
  }

  #report(status: DriverStatus): void {
    this.#status = status;
    this.#state = "running";
    this.#reason = undefined;
    const { atMs, updates } = this.#rateSince;
    const elapsedMs = performance.now() - atMs;
    // Reports of changes come between those of each second, and say little of the rate.
    if (elapsedMs < rateMsMin) return;
    this.#updatesPerSecond = Math.round(((status.updates - updates) * 1000) / elapsedMs);
    this.#rateSince = { atMs: performance.now(), updates: status.updates };
  }

  #ended({ outcome, reason }: ProcessEnd): void {
    this.#counts = this.#sum();
    this.#status = this.#status === undefined ? undefined : { ...this.#status, ...noCounts };
    this.#process = undefined;
    if (this.#stopping !== undefined) {
      this.#state = "stopped";
      this.#reason = undefined;
      this.#stopping.resolve();
      return;
    }
    this.#reason = reason;
    if (outcome !== "crashed") {
      this.#state = outcome === "finished" ? "finished" : "failed";
      this.#logs.note(outcome === "finished" ? "info" : "error", reason);
      return;
    }
    const { backoff, stableMs } = this.#options.policy;
    this.#failures = performance.now() - this.#beganMs >= stableMs ? 1 : this.#failures + 1;
    const pauseMs = backoffMs(this.#failures, backoff, Math.random);
    this.#state = "backing_off";
    this.#logs.note("error", `${reason}; started again in ${Math.round(pauseMs)} ms`);
    this.#timer = setTimeout(() => {
      this.#restarts++;
      this.#start();
    }, pauseMs);
  }

  #sum(): DriverCounts {
    const { updates = 0, bad = 0, dropped = 0, unsent = 0, inDoubt = 0 } = this.#status ?? {};
    return {
      updates: this.#counts.updates + updates,
      bad: this.#counts.bad + bad,
      dropped: this.#counts.dropped + dropped,
      unsent: this.#counts.unsent + unsent,
      inDoubt: this.#counts.inDoubt + inDoubt,
    };
  }
}
