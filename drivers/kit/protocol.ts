// What a driver's process and its supervisor say to each other.
//
//   standard input    one line of JSON, the StartDocument; then an Answer to each Question. Its end tells the driver to
//                     stop: the gateway is gone, however it went.
//   standard output   lines of JSON, each a DriverReport
//   standard error    what a crash leaves behind
//   exit code         0 stopped as asked, 2 the configuration cannot work (starting again is of no use), else a crash
//
// Tag updates take another way: the driver PUSHes them to the gateway as any foreign driver would.

import type { OutboundRules } from "@flowfusion/transport";
import type { Secrets } from "./kind.ts";

/** `stopped`: by a signal, or because its supervisor is gone. `finished`: there is no more to read. */
export const exitCodes = { stopped: 0, crashed: 1, refused: 2, finished: 3 } as const;

export interface StartDocument {
  /** Of the driver; names the source in its batches. */
  readonly name: string;
  /** Where to PUSH to: `tcp://HOST:PORT` or `ipc://PATH`. */
  readonly push: string;
  /** A folder of its own, for what it keeps between starts. */
  readonly folder: string;
  /** Where recordings to replay are. */
  readonly recordings: string;
  readonly config: unknown;
  readonly secrets: Secrets;
  /** Where it may connect to, see OutboundPolicy; anywhere when absent. */
  readonly outbound?: OutboundRules;
}

/** `connecting` until the device answers; `silent`: it has not answered for longer than its silence time. */
export type DeviceState = "connecting" | "connected" | "silent";

/** Tags that are bad now. */
export interface BadTags {
  readonly count: number;
  /** Names of some. */
  readonly first: readonly string[];
}

/** Sent when the driver has started, at each change of the device's state, at a new error, and once a second. */
export interface DriverStatus {
  readonly type: "status";
  readonly device: DeviceState;
  /** Updates handed to the gateway's connection since the start. */
  readonly updates: number;
  /** Updates of those with quality bad. */
  readonly bad: number;
  /** Updates that found the connection to the gateway full, or were of more tags than are allowed. */
  readonly dropped: number;
  /** Updates that a gateway did not take: they waited, or were being written, when it or the driver ended. Absent: none. */
  readonly unsent?: number;
  readonly inDoubt?: number;
  /** Absent: none. */
  readonly badTags?: BadTags;
  /** Why the device did not answer, or what it refused, the last time that either happened. */
  readonly lastError?: string;
  readonly lastErrorAtMs?: number;
  readonly rssBytes: number;
}

export type ReportLevel = "info" | "warn" | "error";

export interface DriverLog {
  readonly type: "log";
  readonly level: ReportLevel;
  readonly message: string;
}

/** Asks how far the batches of its session have been handled; the next one after the answer at the earliest. */
export interface Question {
  readonly type: "receipt";
  /** 16 hexadecimal digits, drawn by chance. */
  readonly session: string;
}

/** See `DataPlane.receipt`. */
export interface Answer {
  readonly type: "receipt";
  /** Of the last batch that was handled; 0: nothing new; -1: one was lost on its way. */
  readonly last: number;
}

export type DriverReport = DriverStatus | DriverLog | Question;

/** A longer line is no report. Characters. */
export const reportCharsMax = 8 * 1024;
export const statusIntervalMs = 1000;
/** Names of bad tags in a report. */
export const badTagNamesMax = 3;
