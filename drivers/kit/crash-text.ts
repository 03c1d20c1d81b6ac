// What a driver says of a defect that ends it: in one line what failed, with its causes, and apart from it where.

import { inspect } from "node:util";

export interface CrashText {
  /** `TypeError: fetch failed: connect ECONNREFUSED 127.0.0.1:80`. One line. */
  readonly what: string;
  /** The calls that led there, a line each; empty when nothing is known of them. */
  readonly where: string;
}

export function crashText(thrown: unknown): CrashText {
  if (!(thrown instanceof Error)) return { what: `${textOf(thrown)} was thrown`, where: "" };
  const frames = (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { what: `${thrown.name}: ${textOf(thrown)}`, where: frames.join("\n") };
}

/** Causes deeper than this are left out; they may go round in circles. */
const causesMax = 4;

function textOf(thrown: unknown, depth = 0): string {
  if (!(thrown instanceof Error)) return oneLine(typeof thrown === "string" ? thrown : inspect(thrown));
  const text = oneLine(thrown.message) || codeOf(thrown) || "without a message";
  if (depth === causesMax) return text;
  // Of several addresses that were tried, each has its own.
  const causes = thrown instanceof AggregateError ? thrown.errors : thrown.cause === undefined ? [] : [thrown.cause];
  const because = causes.map((cause) => textOf(cause, depth + 1)).join("; ");
  return because === "" || text.includes(because) ? text : `${text}: ${because}`;
}

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, " ");

function codeOf(error: Error): string | undefined {
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
