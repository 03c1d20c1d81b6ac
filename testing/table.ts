// Readings as a test writes them down: a table of tags, values and times. Time is counted from an origin, so that what comes
// out is told in the same measure as what went in.

import { fileURLToPath } from "node:url";
import { readRecording } from "@flowfusion/driver-replay";
import { FlowFusionError, type Message, type MessageValue, parseMessageJson, Quality } from "@flowfusion/graph";

/** One update of a tag. */
export interface Reading {
  readonly tag: string;
  /** A `number` is a float64, a `bigint` an int64. */
  readonly value: MessageValue;
  /** When: ms from the beginning, a Date, or RFC 3339 text. One second after the row before, when absent. */
  readonly at?: number | Date | string;
  /** `good` when absent. */
  readonly quality?: keyof typeof Quality;
}

/** Time passes, and nothing comes: at the end of a table, for nodes that go by time. */
export interface Passage {
  readonly at: number | Date | string;
}

/** A table, or the path of a recording: lines as the file sink writes them, or what `flowfusion recorder export` wrote. */
export type Readings = readonly (Reading | Passage)[] | string | URL;

/** Readings as the simulation takes them. */
export interface Script {
  readonly batches: AsyncIterable<readonly Message[]> | Iterable<readonly Message[]>;
  /** The time that is 0 in the result; known when the first reading was taken. ns. */
  readonly originNs: () => bigint;
  /** The end of the table, if it is later than its last reading. ns. */
  readonly untilNs?: bigint;
}

/** The beginning of a table whose times are numbers: a Thursday, midnight, a multiple of every window. */
const tableOriginNs = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n;
const rowMs = 1_000;
const nsPerMs = 1e6;

export function scriptOf(readings: Readings): Script {
  if (typeof readings === "string" || readings instanceof URL) return recorded(readings);
  if (!Array.isArray(readings)) throw invalid("readings", "a table, or the path of a recording, expected");
  return tabled(readings as readonly (Reading | Passage)[]);
}

function recorded(file: string | URL): Script {
  let originNs: bigint | undefined;
  async function* batches() {
    for await (const batch of readRecording(file instanceof URL ? fileURLToPath(file) : file)) {
      originNs ??= batch[0]?.timestampNs;
      yield batch;
    }
  }
  return { batches: batches(), originNs: () => originNs ?? 0n };
}

function tabled(rows: readonly (Reading | Passage)[]): Script {
  const messages: Message[] = [];
  const [first] = rows;
  const isAbsolute = first !== undefined && first.at !== undefined && typeof first.at !== "number";
  const originNs = isAbsolute ? timeOf(first.at, 0n, "readings[0].at") : tableOriginNs;
  let nowNs = originNs - BigInt(rowMs * nsPerMs);
  let untilNs: bigint | undefined;
  for (const [index, row] of rows.entries()) {
    const path = `readings[${index}]`;
    if (typeof row !== "object" || row === null) throw invalid(path, "{ tag, value, at } expected");
    nowNs = row.at === undefined ? nowNs + BigInt(rowMs * nsPerMs) : timeOf(row.at, originNs, `${path}.at`);
    if ("tag" in row) messages.push(messageOf(row, nowNs, path));
    else untilNs = passageOf(row, nowNs, index === rows.length - 1, path);
  }
  return { batches: [messages], originNs: () => originNs, ...(untilNs !== undefined && { untilNs }) };
}

const rowNames = ["tag", "value", "at", "quality"];

function messageOf(row: Reading, timestampNs: bigint, path: string): Message {
  const { tag, value, quality = "good" } = row;
  const stranger = Object.keys(row).find((name) => !rowNames.includes(name));
  if (stranger !== undefined) throw invalid(`${path}.${stranger}`, `not known here; a row has ${rowNames.join(", ")}`);
  if (typeof tag !== "string" || tag === "") throw invalid(`${path}.tag`, "the name of a tag expected");
  if (!Object.hasOwn(Quality, quality)) throw invalid(`${path}.quality`, "good, uncertain or bad expected");
  const isScalar = value === null || ["boolean", "number", "bigint", "string"].includes(typeof value);
  if (!isScalar && !(value instanceof Uint8Array))
    throw invalid(`${path}.value`, "a number, bigint, boolean, text, bytes or null expected");
  return { topic: tag, timestampNs, quality: Quality[quality], value };
}

function passageOf(row: Passage, atNs: bigint, isLast: boolean, path: string): bigint {
  if (row.at === undefined) throw invalid(path, "{ tag, value, at } expected, or { at } alone for time that passes");
  const stranger = Object.keys(row).find((name) => name !== "at");
  if (stranger !== undefined) throw invalid(path, `without a tag it is time that passes, which has no ${stranger}`);
  if (!isLast) throw invalid(path, "only the last row may be time that passes; before a reading it passes by itself");
  return atNs;
}

function timeOf(at: Reading["at"], originNs: bigint, path: string): bigint {
  if (typeof at === "number" && Number.isFinite(at) && at >= 0) return originNs + BigInt(Math.round(at * nsPerMs));
  if (at instanceof Date && !Number.isNaN(at.getTime())) return BigInt(at.getTime()) * BigInt(nsPerMs);
  if (typeof at !== "string") throw invalid(path, "ms from the beginning, a Date, or RFC 3339 text expected");
  try {
    return parseMessageJson(JSON.stringify({ topic: "", timestamp: at })).timestampNs;
  } catch (error) {
    throw invalid(path, (error as Error).message.replace("`timestamp` is ", ""));
  }
}

function invalid(path: string, message: string): FlowFusionError {
  const diagnostics = [{ code: "FF_RECORDING_INVALID" as const, path, message }];
  return new FlowFusionError("FF_RECORDING_INVALID", `${path}: ${message}`, { diagnostics });
}
