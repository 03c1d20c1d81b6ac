// A message as JSON: {"topic","timestamp","quality","value"}. Time as RFC 3339 with nanoseconds, since a JSON number
// cannot hold them; an int64 beyond 2^53 as text, for the same reason; bytes as base64; NaN and infinities, which JSON
// lacks, as text.

import type { Message, MessageValue } from "@flowfusion/graph";

const qualityNames = ["good", "uncertain", "bad"] as const;
const nsPerMs = 1_000_000n;

export function toJson({ topic, timestampNs, quality, value }: Message): string {
  return `{"topic":${JSON.stringify(topic)},"timestamp":"${rfc3339(timestampNs)}","quality":"${qualityNames[quality]}","value":${jsonValue(value)}}`;
}

export function rfc3339(timestampNs: bigint): string {
  const ms = timestampNs / nsPerMs;
  const belowMs = (timestampNs % nsPerMs).toString().padStart(6, "0");
  const iso = new Date(Number(ms)).toISOString();
  return `${iso.slice(0, -1)}${belowMs}Z`;
}

function jsonValue(value: MessageValue): string {
  if (typeof value === "bigint") {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? value.toString() : `"${value}"`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString("base64")}"`;
  return JSON.stringify(value);
}
