// A message as JSON: {"topic","timestamp","quality","value"}. Time as RFC 3339 with nanoseconds, since a JSON number
// cannot hold them; an int64 beyond 2^53 as text, for the same reason; bytes as base64; NaN and infinities, which JSON
// lacks, as text. So it is what people and other systems read; read back, a number is a float64 and a text a text.

import { base64Of, utf8Length } from "./bytes.ts";
import { FlowFusionError } from "./errors.ts";
import { type Message, type MessageValue, Quality } from "./message.ts";
import { quote } from "./names.ts";
import { isRecord } from "./values.ts";

export const qualityNames = ["good", "uncertain", "bad"] as const;
const nsPerMs = 1_000_000n;

/** What `messageJson` writes, read as JSON. */
export interface MessageDocument {
  readonly topic: string;
  readonly timestamp: string;
  readonly quality: "good" | "uncertain" | "bad";
  readonly value: null | boolean | number | string;
}

export const messageDocument = (message: Message): MessageDocument =>
  JSON.parse(messageJson(message)) as MessageDocument;

export function messageJson({ topic, timestampNs, quality, value }: Message): string {
  return `{"topic":${JSON.stringify(topic)},"timestamp":"${rfc3339(timestampNs)}","quality":"${qualityNames[quality]}","value":${jsonValue(value)}}`;
}

export function rfc3339(timestampNs: bigint): string {
  const ms = timestampNs / nsPerMs;
  const belowMs = (timestampNs % nsPerMs).toString().padStart(6, "0");
  const iso = new Date(Number(ms)).toISOString();
  return `${iso.slice(0, -1)}${belowMs}Z`;
}

/** Every float64 so that it is read back as the same one; `String` would take the sign of -0. */
export const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

function jsonValue(value: MessageValue): string {
  if (typeof value === "bigint") {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? value.toString() : `"${value}"`;
  }
  if (typeof value === "number") return Number.isFinite(value) ? numberText(value) : `"${value}"`;
  if (value instanceof Uint8Array) return `"${base64Of(value)}"`;
  return JSON.stringify(value);
}

/** Reads one line of a recording. `quality` may be left out, then it is good. Throws FF_RECORDING_INVALID. */
export function parseMessageJson(line: string): Message {
  const { topic, timestamp, quality = "good", value = null, ...others } = readObject(line);
  if (typeof topic !== "string") throw invalid("`topic` is a text");
  if (utf8Length(topic) > 0xffff) throw invalid(`\`topic\` of ${utf8Length(topic)} bytes, 65535 allowed`);
  if (typeof quality !== "string" || !isQualityName(quality)) throw invalid("`quality` is good, uncertain or bad");
  if (typeof value === "object" && value !== null) throw invalid("`value` is a number, a boolean, a text or null");
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw invalid(`${quote(stranger)} is not known`);
  return { topic, timestampNs: parseTime(timestamp), quality: Quality[quality], value: value as MessageValue };
}

const isQualityName = (text: string): text is keyof typeof Quality => Object.hasOwn(Quality, text);

function readObject(line: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch (cause) {
    throw invalid(`it is no JSON: ${(cause as Error).message}`, cause);
  }
  if (!isRecord(document)) throw invalid("an object is expected");
  return document;
}

const timePattern =
  /^(?<seconds>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,9})\d*)?(?<zone>[Zz]|[+-]\d\d:\d\d)$/;

function parseTime(value: unknown): bigint {
  const parts = typeof value === "string" ? timePattern.exec(value)?.groups : undefined;
  const ms = parts ? Date.parse(`${parts.seconds!.replace(" ", "T")}${parts.zone!.toUpperCase()}`) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid("`timestamp` is a time as RFC 3339 writes it, 2026-01-31T12:00:00.5Z");
  const ns = BigInt(ms) * nsPerMs + BigInt((parts!.fraction ?? "").padEnd(9, "0"));
  if (ns < 0n || ns >= 2n ** 64n) throw invalid("`timestamp` is before 1970 or after 2554");
  return ns;
}

const invalid = (why: string, cause?: unknown): FlowFusionError =>
  new FlowFusionError("FF_RECORDING_INVALID", why, { cause });
