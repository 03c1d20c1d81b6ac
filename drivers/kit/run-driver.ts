// A driver as a process: reads its start document, runs, reports, and stops when it is told to or when its supervisor is
// gone. Everything that is the same for all drivers is here; a driver brings what it reads and how.

import { Console } from "node:console";
import { createInterface } from "node:readline";
import { parseAddress } from "@flowfusion/transport";
import { steadyMs, wallClockNs } from "./clock.ts";
import { crashText } from "./crash-text.ts";
import { DeviceLog } from "./device-log.ts";
import type { DriverKind, Secrets } from "./kind.ts";
import { type Losses, takeLosses, writeLosses } from "./losses.ts";
import { guardOutbound } from "./outbound.ts";
import {
  type Answer,
  type BadTags,
  badTagNamesMax,
  type DeviceState,
  type DriverReport,
  exitCodes,
  type ReportLevel,
  reportCharsMax,
  type StartDocument,
  statusIntervalMs,
} from "./protocol.ts";
import { Receipts } from "./receipts.ts";
import { TagSet } from "./tag-set.ts";
import { TagWriter } from "./tag-writer.ts";

export interface DriverContext<Config> {
  readonly name: string;
  readonly config: Config;
  readonly secrets: Secrets;
  readonly folder: string;
  readonly recordings: string;
  readonly tags: TagWriter;
  /** Tags that turn bad when nothing was heard of them for `silenceMs`; looked after until the driver stops. */
  tagSet(options: { readonly silenceMs: number; readonly tagsMax?: number }): TagSet;
  /** Tells when what was written is handled. To be asked for once, before anything is written. */
  receipts(): Promise<Pick<Receipts, "handled">>;
  /** Aborted when the driver is to stop. */
  readonly signal: AbortSignal;
  /** Tells how the device does, as often as one likes: what is new is reported and logged at once, the rest once a second. */
  device(state: DeviceState, error?: string): void;
  log(level: ReportLevel, message: string): void;
}

/** Reads until `context.signal` is aborted, or until there is no more to read. */
type DriverBody<Config> = (context: DriverContext<Config>) => Promise<void>;

/** The configuration is well-formed and cannot work: a certificate that is none, a file that is not there. */
export class ConfigError extends Error {}

const flushMs = 1000;
/** After this the process ends, whatever its connections do. */
const stopMsMax = 3000;

/** `load` imports what the driver is made of, so that a defect that shows while it loads is told as any other. */
export async function runDriver<Config>(
  kind: DriverKind<Config>,
  load: () => Promise<DriverBody<Config>>,
): Promise<void> {
  const stopping = new AbortController();
  // Standard output is for reports; what libraries print goes the way of crashes.
  globalThis.console = new Console(process.stderr);
  // A supervisor that is gone reads nothing any more; what it did not take is still to be written down.
  let isOrphan = false;
  const orphaned = () => {
    isOrphan = true;
    stopping.abort();
  };
  process.stdout.on("error", orphaned);
  // Node.js would print the line of code, which in a bundle is as long as a page.
  process.on("uncaughtException", (error) => void crash(error));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());
  stopping.signal.addEventListener("abort", () => {
    setTimeout(() => process.exit(exitCodes.crashed), stopMsMax).unref();
  });
  const answers: Answers = { take: () => {} };
  try {
    const body = await load();
    const start = readStart(kind, await firstLine(orphaned, (line) => answers.take(JSON.parse(line) as Answer)));
    await run(start, body, { stopping, answers, isOrphan: () => isOrphan });
    await end(stopping.signal.aborted ? exitCodes.stopped : exitCodes.finished);
  } catch (error) {
    if (!(error instanceof ConfigError)) return crash(error);
    report({ type: "log", level: "error", message: error.message });
    await end(exitCodes.refused);
  }
}

/** Who takes what the supervisor answers. */
interface Answers {
  take: (answer: Answer) => void;
}

interface Supervision {
  readonly stopping: AbortController;
  readonly answers: Answers;
  readonly isOrphan: () => boolean;
}

async function run<Config>(
  { start, config }: { readonly start: StartDocument; readonly config: Config },
  body: DriverBody<Config>,
  { stopping, answers, isOrphan }: Supervision,
): Promise<void> {
  const { name, secrets, folder, recordings, push } = start;
  const tags = new TagWriter({ push, source: name });
  let losses = takeLosses(folder);
  if (losses.unsent + losses.inDoubt > 0)
    report({ type: "log", level: "warn", message: `the gateway before did not take ${textOf(losses)}` });
  let device: DeviceState = "connecting";
  const tagSets: TagSet[] = [];
  let lastError: { readonly lastError: string; readonly lastErrorAtMs: number } | undefined;
  if (start.outbound !== undefined) {
    guardOutbound(start.outbound, push, (message) => report({ type: "log", level: "error", message }));
  }
  const status = () => {
    const rssBytes = process.memoryUsage.rss();
    report({ type: "status", device, ...tags.stats(), ...losses, ...badIn(tagSets), ...lastError, rssBytes });
  };
  const receipts = new Receipts(tags, report);
  answers.take = ({ last }) => receipts.answered(last);
  const deviceLog = new DeviceLog(steadyMs);
  const beat = setInterval(status, statusIntervalMs);
  stopping.signal.addEventListener("abort", () => tags.stopWaiting());
  try {
    status();
    const reading = body({
      ...{ name, config, secrets, folder, recordings, tags, signal: stopping.signal },
      device(state, error) {
        const line = deviceLog.tell(state, error);
        const isNews = line !== undefined || state !== device;
        device = state;
        if (error !== undefined) lastError = { lastError: error, lastErrorAtMs: Date.now() };
        if (isNews) status();
        if (line !== undefined) report({ type: "log", ...line });
      },
      tagSet(options) {
        const set = watchedTags(tags, options, stopping.signal);
        tagSets.push(set);
        return set;
      },
      async receipts() {
        await receipts.begin();
        return receipts;
      },
      log: (level, message) => report({ type: "log", level, message }),
    });
    await Promise.race([reading, receipts.lost]);
  } finally {
    clearInterval(beat);
    for (const set of tagSets) set.end();
    const left = await tags.close(flushMs);
    if (isOrphan()) writeLosses(folder, left);
    else {
      losses = { unsent: losses.unsent + left.unsent, inDoubt: losses.inDoubt + left.inDoubt };
      if (left.unsent + left.inDoubt > 0)
        report({ type: "log", level: "warn", message: `the gateway did not take ${textOf(left)}` });
    }
    // A gateway that has it stopped ends its input too, and still counts what it sent.
    status();
  }
}

const textOf = ({ unsent, inDoubt }: Losses): string =>
  `${unsent} updates that waited${inDoubt === 0 ? "" : `, and perhaps ${inDoubt} that were on their way`}`;

function badIn(sets: readonly TagSet[]): { readonly badTags?: BadTags } {
  const count = sets.reduce((sum, { bad }) => sum + bad, 0);
  const first = sets.flatMap((set) => set.firstBad(badTagNamesMax)).slice(0, badTagNamesMax);
  return count === 0 ? {} : { badTags: { count, first } };
}

const sweepMsMax = 1000;

function watchedTags(
  tags: TagWriter,
  options: { readonly silenceMs: number; readonly tagsMax?: number },
  signal: AbortSignal,
): TagSet {
  const set = new TagSet({ ...options, tags, steadyMs, wallClockNs });
  const timer = setInterval(() => set.sweep(), Math.min(sweepMsMax, Math.ceil(options.silenceMs / 4)));
  signal.addEventListener("abort", () => clearInterval(timer));
  return set;
}

function readStart<Config>(kind: DriverKind<Config>, line: string): { start: StartDocument; config: Config } {
  let start: StartDocument;
  try {
    start = JSON.parse(line) as StartDocument;
    parseAddress(start.push);
  } catch (error) {
    throw new ConfigError(`the start document on standard input is of no use: ${(error as Error).message}`);
  }
  const { value, problems } = kind.checkConfig(start.config);
  if (value === undefined) {
    const lines = problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    throw new ConfigError(`the configuration of a ${kind.kind} driver has problems: ${lines.join("; ")}`);
  }
  return { start: { ...start, secrets: start.secrets ?? {} }, config: value };
}

/** The end of standard input, before or after the line, is the end of the supervisor. */
function firstLine(orphaned: () => void, later: (line: string) => void): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  return new Promise((resolve, reject) => {
    lines.once("line", (first) => {
      resolve(first);
      lines.on("line", later);
    });
    lines.once("close", () => {
      reject(new ConfigError("no start document came on standard input"));
      orphaned();
    });
  });
}

function report(line: DriverReport): void {
  process.stdout.write(`${JSON.stringify(fitting(line))}\n`);
}

function fitting(line: DriverReport): DriverReport {
  if (line.type === "receipt") return line;
  if (line.type === "log") return { ...line, message: cut(line.message, textCharsMax) };
  const { lastError, badTags } = line;
  return {
    ...line,
    ...(lastError === undefined ? {} : { lastError: cut(lastError, textCharsMax) }),
    ...(badTags && { badTags: { ...badTags, first: badTags.first.map((name) => cut(name, nameCharsMax)) } }),
  };
}

const textCharsMax = reportCharsMax / 4;
const nameCharsMax = reportCharsMax / 32;
const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);

let isCrashing = false;

/** Ends the process, and says of the first of several defects what failed. */
async function crash(thrown: unknown): Promise<void> {
  if (isCrashing) return;
  isCrashing = true;
  setTimeout(() => process.exit(exitCodes.crashed), stopMsMax).unref();
  const { what, where } = crashText(thrown);
  report({ type: "log", level: "error", message: what });
  if (where !== "") report({ type: "log", level: "info", message: where });
  await end(exitCodes.crashed);
}

/** Waits for the last report to be written, which `process.exit` alone would cut off. */
async function end(code: number): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(code);
}
