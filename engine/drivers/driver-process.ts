// One run of a driver's program, from its start to its end. What it prints is not trusted: lines are bounded, reports are
// checked, and a process that says nothing for too long is killed. It has a process group of its own, so that a Ctrl-C that
// stops the gateway does not cut its drivers off, and an environment without what is the gateway's alone.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  type Answer,
  type BadTags,
  type DriverStatus,
  exitCodes,
  type Question,
  type ReportLevel,
  reportCharsMax,
  type StartDocument,
} from "@flowfusion/driver-kit";
import { BoundedLines } from "./bounded-lines.ts";
import { printable } from "./printable.ts";

/** As the command line starts a gateway: small heaps. The bound ends a driver that leaks before the machine suffers. */
const nodeOptions = [
  "--max-semi-space-size=2",
  "--max-old-space-size=256",
  "--disable-warning=ExperimentalWarning",
  "--disable-warning=DeprecationWarning",
];
const environmentKept = [
  "PATH",
  "TMPDIR",
  "TZ",
  "LANG",
  "LC_ALL",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
];

export interface ProcessLimits {
  /** Without a report for this long, up to a fifth more, the process is killed. */
  readonly hungMs: number;
  /** Time to stop in order. */
  readonly stopMs: number;
}

/**
 * So often within `hungMs` it is looked whether a report has come. A machine that stood still has let nobody report, which
 * counts as one look, however long it was.
 */
const looksMax = 5;

/** Of the time to stop. */
const lastAnswersShare = 5;

export const defaultProcessLimits: ProcessLimits = { hungMs: 15_000, stopMs: 5_000 };

/** How a run ended. `refused`: starting again with the same configuration is of no use. */
export interface ProcessEnd {
  readonly outcome: "finished" | "refused" | "crashed";
  readonly reason: string;
}

export interface ProcessEvents {
  status(status: DriverStatus): void;
  log(level: ReportLevel, message: string): void;
  /** See `DataPlane.receipt`. */
  receipt(session: string): Promise<number>;
  ended(end: ProcessEnd): void;
}

export const cannotStart = ({ message }: Error): ProcessEnd => ({
  outcome: "crashed",
  reason: `cannot be started: ${message}`,
});

export class DriverProcess {
  readonly #child: ChildProcess;
  readonly #limits: ProcessLimits;
  readonly #events: ProcessEvents;
  #watchdog: NodeJS.Timeout | undefined;
  #silentLooks = 0;
  #stopTimer: NodeJS.Timeout | undefined;
  #lastError = "";
  #killedFor: string | undefined;
  #asks = false;
  #isAnswering = false;
  #hasEnded = false;

  /** Throws what the system says where it starts no process, but for a few reasons, of which `ended` tells. */
  constructor(program: URL, start: StartDocument, limits: ProcessLimits, events: ProcessEvents) {
    this.#limits = limits;
    this.#events = events;
    this.#child = spawn(process.execPath, [...nodeOptions, fileURLToPath(program)], {
      cwd: start.folder,
      env: environmentIn(start.folder),
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#child.once("error", (error) => this.#end(cannotStart(error)));
    this.#child.once("close", (code, signal) => this.#end(this.#outcome(code, signal)));
    // Without a process there may be no streams either: the system has no more files, and `error` says so.
    if (this.#child.pid === undefined) return;
    this.#read();
    this.#child.stdin!.on("error", () => {}); // It ended before it had read; how, the exit code says.
    this.#child.stdin!.write(`${JSON.stringify(start)}\n`);
    this.#watchdog = setInterval(() => this.#lookForHung(), limits.hungMs / looksMax);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks it to stop, and makes it when it does not. `ended` follows. */
  stop(): void {
    if (this.#stopTimer !== undefined || this.#hasEnded) return;
    // One that asks has as long to tell its source what was handled.
    setTimeout(() => this.#child.stdin?.end(), this.#asks ? this.#limits.stopMs / lastAnswersShare : 0);
    this.#signal("SIGTERM");
    this.#stopTimer = setTimeout(() => this.#signal("SIGKILL"), this.#limits.stopMs);
  }

  #read(): void {
    const reports = new BoundedLines(reportCharsMax, (line) => this.#report(line));
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => reports.push(text));
    this.#child.stdout!.once("end", () => reports.end());
    const errors = new BoundedLines(reportCharsMax, (line) => {
      // Of a stack trace, the line that says what happened.
      if (/^(?:FATAL ERROR|\w*Error\b)/.test(line)) this.#lastError = printable(line);
      this.#events.log("error", printable(line));
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => errors.push(text));
    this.#child.stderr!.once("end", () => errors.end());
  }

  #report(line: string): void {
    this.#silentLooks = 0;
    const report = parseReport(line);
    if (report === undefined) {
      this.#events.log("info", printable(line));
    } else if (report.type === "status") {
      this.#events.status(report);
    } else if (report.type === "receipt") {
      void this.#answer(report);
    } else {
      const message = printable(report.message);
      if (report.level === "error") this.#lastError = message;
      this.#events.log(report.level, message);
    }
  }

  async #answer({ session }: Question): Promise<void> {
    if (this.#isAnswering) return;
    this.#asks = true;
    this.#isAnswering = true;
    const last = await this.#events.receipt(session).catch(() => 0);
    this.#isAnswering = false;
    if (this.#child.stdin!.writable) {
      this.#child.stdin!.write(`${JSON.stringify({ type: "receipt", last } satisfies Answer)}\n`);
    }
  }

  #lookForHung(): void {
    if (++this.#silentLooks <= looksMax) return;
    this.#killedFor = `said nothing for ${this.#limits.hungMs} ms and was killed`;
    this.#signal("SIGKILL");
  }

  #outcome(code: number | null, signal: NodeJS.Signals | null): ProcessEnd {
    if (code === exitCodes.finished) return { outcome: "finished", reason: "ended by itself" };
    const why = this.#lastError === "" ? "" : `: ${this.#lastError.split("\n", 1)[0]}`;
    if (code === exitCodes.refused) return { outcome: "refused", reason: why.slice(2) || "refused its configuration" };
    const byItself = code === exitCodes.stopped ? "was stopped, not by the gateway" : `ended with exit code ${code}`;
    const how = this.#killedFor ?? (signal === null ? byItself : `was ended by ${signal}`);
    return { outcome: "crashed", reason: `${how}${why}` };
  }

  #end(end: ProcessEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearInterval(this.#watchdog);
    clearTimeout(this.#stopTimer);
    // Whatever it had started ends with it.
    this.#signal("SIGKILL");
    this.#events.ended(end);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** The folder is a driver's home too: users of services and containers often have none, which libraries ask the system for. */
function environmentIn(folder: string): NodeJS.ProcessEnv {
  const kept = environmentKept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(kept), HOME: folder, MALLOC_ARENA_MAX: "2" };
}

const isBadTags = (given: unknown): boolean => {
  const { count, first } = (given ?? {}) as Partial<BadTags>;
  return isCount(count) && Array.isArray(first) && first.every((name) => typeof name === "string");
};
const counters = ["updates", "bad", "dropped", "rssBytes"] as const;
const devices: readonly unknown[] = ["connecting", "connected", "silent"];
const levels: readonly unknown[] = ["info", "warn", "error"];

/** The last ms since the Unix epoch that a date can be. */
const dateMsMax = 8.64e15;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

type Report = DriverStatus | Question | { readonly type: "log"; readonly level: ReportLevel; readonly message: string };

/** The report, or undefined for what is none. */
function parseReport(line: string): Report | undefined {
  let report: Record<string, unknown>;
  try {
    report = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof report !== "object" || report === null) return undefined;
  if (report.type === "log") {
    const isLog = levels.includes(report.level) && typeof report.message === "string";
    return isLog ? (report as unknown as Report) : undefined;
  }
  if (report.type === "receipt") {
    const isReceipt = typeof report.session === "string" && /^[0-9a-f]{16}$/.test(report.session);
    return isReceipt ? (report as unknown as Report) : undefined;
  }
  const isStatus =
    report.type === "status" &&
    devices.includes(report.device) &&
    [report.unsent, report.inDoubt].every((value) => value === undefined || isCount(value)) &&
    counters.every((name) => isCount(report[name])) &&
    (report.badTags === undefined || isBadTags(report.badTags)) &&
    ["string", "undefined"].includes(typeof report.lastError) &&
    (report.lastErrorAtMs === undefined ||
      (isCount(report.lastErrorAtMs) && Number(report.lastErrorAtMs) <= dateMsMax));
  if (!isStatus) return undefined;
  const status = report as unknown as DriverStatus;
  const { lastError, badTags } = status;
  return {
    ...status,
    ...(lastError === undefined ? {} : { lastError: printable(lastError) }),
    ...(badTags && { badTags: { count: badTags.count, first: badTags.first.map(printable) } }),
  };
}
