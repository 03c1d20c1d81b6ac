// From payloads of JSON and of plain text to readings. A payload is whatever somebody published, so everything about it is
// bounded, and what does not hold says why.

import { isoToNs, isUpdateTime } from "@flowfusion/driver-kit";
import type { TagQuality, TagValue } from "@flowfusion/proto";
import type { JsonSubscription, TextSubscription } from "./kind.ts";
import { tagName } from "./topics.ts";

export interface Reading {
  readonly tag: string;
  readonly timestampNs: bigint;
  readonly quality: TagQuality;
  readonly value: TagValue;
}

declare global {
  /** Node.js has it, and TypeScript does not know it yet. */
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** The payload is not what the subscription says that it is. */
export class PayloadError extends Error {}

const leavesMax = 1_000;
const depthMax = 16;

export function readJson(topic: string, payload: Uint8Array, format: JsonSubscription, nowNs: bigint): Reading[] {
  const document = parse(payload);
  const timestampNs =
    format.timestamp === undefined ? nowNs : readTime(document, format.timestamp, format.timestampUnit);
  const quality = format.quality === undefined ? 0 : readQuality(at(document, format.quality));
  const tag = tagName(format.tag, topic);
  if (format.value !== undefined) {
    const found = at(document, format.value);
    if (found === undefined) throw new PayloadError(`there is nothing at ${format.value}`);
    return [{ tag, timestampNs, quality, value: tagValueOf(found) }];
  }
  const leaves: Reading[] = [];
  collect(document, tag, 0, (name, value) => {
    if (leaves.length >= leavesMax) throw new PayloadError(`more than ${leavesMax} values in one message`);
    leaves.push({ tag: name, timestampNs, quality, value });
  });
  return leaves;
}

export function readText(topic: string, payload: Uint8Array, format: TextSubscription, nowNs: bigint): Reading[] {
  const text = decodeUtf8(payload);
  return [{ tag: tagName(format.tag, topic), timestampNs: nowNs, quality: 0, value: textValue(text, format.type) }];
}

function textValue(text: string, type: TextSubscription["type"]): TagValue {
  const trimmed = text.trim();
  switch (type) {
    case "text":
      return text;
    case "number": {
      const number = trimmed === "" ? Number.NaN : numberOf(trimmed);
      if (Number.isNaN(number)) throw new PayloadError("the payload is not a number");
      return number;
    }
    case "boolean": {
      const value = booleans[trimmed.toLowerCase()];
      if (value === undefined) throw new PayloadError("the payload is not true, false, on, off, 1 or 0");
      return value;
    }
  }
}

const booleans: { readonly [text: string]: boolean } = Object.assign(Object.create(null), {
  ...{ true: true, on: true, "1": true },
  ...{ false: false, off: false, "0": false },
});

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

function decodeUtf8(payload: Uint8Array): string {
  try {
    return strictUtf8.decode(payload);
  } catch {
    throw new PayloadError("the payload is not UTF-8");
  }
}

function parse(payload: Uint8Array): unknown {
  const text = decodeUtf8(payload);
  try {
    // A reviver takes several times as long, and few messages have a number of so many digits.
    return /\d{16}/.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
  } catch (error) {
    // The reviver is called level within level.
    if (error instanceof RangeError) throw tooDeep();
    throw new PayloadError("the payload is not JSON");
  }
}

const exactly = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" ? numberOf(context!.source!) : value;

/** An integer that a float64 may round is an int64, where it fits in one. */
function numberOf(text: string): number | bigint {
  const number = Number(text);
  if (!Number.isInteger(number) || Number.isSafeInteger(number) || !/^-?\d+$/.test(text)) return number;
  const whole = BigInt(text);
  return BigInt.asIntN(64, whole) === whole ? whole : number;
}

/** What stands at `a.b[2].c`; undefined where there is nothing. */
function at(document: unknown, path: string): unknown {
  let here = document;
  for (const step of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here;
}

function tagValueOf(found: unknown): TagValue {
  if (typeof found !== "object" || found === null) return found as TagValue;
  demandShallow(found, 0);
  return JSON.stringify(found, asRead);
}

const asRead = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? JSON.rawJSON(String(value)) : value;

function collect(found: unknown, name: string, depth: number, take: (name: string, value: TagValue) => void): void {
  if (typeof found !== "object" || found === null) {
    take(name, tagValueOf(found));
    return;
  }
  if (depth >= depthMax) throw tooDeep();
  for (const [key, value] of Object.entries(found)) collect(value, `${name}/${key}`, depth + 1, take);
}

function demandShallow(found: unknown, depth: number): void {
  if (typeof found !== "object" || found === null) return;
  if (depth >= depthMax) throw tooDeep();
  for (const value of Object.values(found)) demandShallow(value, depth + 1);
}

const tooDeep = () => new PayloadError(`the document nests more than ${depthMax} levels deep`);

const nsPerUnit = { s: 1_000_000_000, ms: 1_000_000, us: 1_000, ns: 1 } as const;

function readTime(document: unknown, path: string, unit: JsonSubscription["timestampUnit"]): bigint {
  const found = at(document, path);
  const ns = unit === "iso8601" ? (typeof found === "string" ? isoToNs(found) : undefined) : unitNs(found, unit);
  if (ns === undefined || !isUpdateTime(ns)) {
    throw new PayloadError(`what stands at ${path} is not a time in ${unit} between 1970 and 2554`);
  }
  return ns;
}

function unitNs(found: unknown, unit: keyof typeof nsPerUnit): bigint | undefined {
  if (typeof found === "bigint" || (typeof found === "string" && /^\d{1,20}$/.test(found))) {
    return BigInt(found) * BigInt(nsPerUnit[unit]);
  }
  if (typeof found !== "number" || !Number.isFinite(found) || found < 0) return undefined;
  const whole = Math.floor(found);
  return BigInt(whole) * BigInt(nsPerUnit[unit]) + BigInt(Math.round((found - whole) * nsPerUnit[unit]));
}

const qualities: { readonly [name: string]: TagQuality } = Object.assign(Object.create(null), {
  ...{ good: 0, uncertain: 1, bad: 2 },
  ...{ "0": 0, "1": 1, "2": 2 },
});

/** What says nothing that is known is not taken for good. */
function readQuality(found: unknown): TagQuality {
  return typeof found === "string" || typeof found === "number" ? (qualities[String(found).toLowerCase()] ?? 2) : 2;
}
