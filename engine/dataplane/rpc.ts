// Calls across the thread boundary: a request names a method of DataPlane, the answer carries its result or its error
// with the code kept.

import type { MessagePort } from "node:worker_threads";
import { type Diagnostic, type ErrorCode, FlowFusionError } from "@flowfusion/graph";
import type { FailpointCells } from "../failpoints.ts";
import type { OutboundRules } from "../security/outbound.ts";
import type { DataPlane } from "./types.ts";

export const remoteMethods = [
  "deploy",
  "rehearse",
  "trial",
  "rollBack",
  "setDevelopment",
  "traces",
  "deadLetters",
  "replayDeadLetters",
  "discardDeadLetters",
  "remove",
  "stats",
  "pulse",
  "observe",
  "recording",
  "receipt",
  "close",
] as const satisfies readonly (keyof DataPlane)[];

export type RemoteMethod = (typeof remoteMethods)[number];

export interface Request<M extends RemoteMethod = RemoteMethod> {
  readonly id: number;
  readonly method: M;
  readonly parameters: Parameters<DataPlane[M]>;
}

export interface RemoteError {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly diagnostics?: readonly Diagnostic[];
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: RemoteError };

/** Sent once, when the worker is ready or cannot be. */
export type Ready = { readonly addresses: readonly string[] } | { readonly error: RemoteError };

export interface WorkerOptions {
  readonly ingest: readonly string[];
  readonly outputDir: string;
  readonly checkpointDir: string;
  /** Pause between two rounds of checkpoints. */
  readonly checkpointIntervalMs: number;
  readonly failpoints: FailpointCells | undefined;
  readonly deadLetterDir: string;
  /** Folder for what sinks keep on disk. */
  readonly spoolDir: string;
  /** Folder for the numbers of Sparkplug sessions. */
  readonly sessionDir: string;
  /** Where sinks may connect to; anywhere when absent. */
  readonly outbound?: OutboundRules;
  readonly recorderBytesMax: number;
  /** Where the thread's input comes from when another one reads the sockets; then `ingest` is empty. */
  readonly ring?: { readonly ring: SharedArrayBuffer; readonly drops: SharedArrayBuffer; readonly port: MessagePort };
}

export function toRemoteError(error: unknown): RemoteError {
  if (error instanceof FlowFusionError)
    return { code: error.code, message: error.message, diagnostics: error.diagnostics };
  const code = (error as { code?: unknown }).code;
  const message = error instanceof Error ? error.message : String(error);
  return typeof code === "string" && code.startsWith("FF_") ? { code: code as ErrorCode, message } : { message };
}

export function fromRemoteError({ code, message, diagnostics }: RemoteError): Error {
  return code ? new FlowFusionError(code, message, { diagnostics: diagnostics ?? [] }) : new Error(message);
}
