// Messages as people write them in a table: plain JSON, with a spelling of its own for what JSON has no value for.
//
//   float64  5, or { "float64": "NaN" }     int64  { "int64": "5" }     boolean  true
//   text     "on"                           bytes  { "bytes": "AAE=" }  no value  null

import { FlowFusionError, type Message, type MessageValue } from "@flowfusion/graph";

/** Fields of a message, each of which may be left out: an input then has the default, an expectation does not ask. */
export interface MessageFields {
  readonly topic?: string;
  readonly timestampNs?: bigint;
  readonly quality?: Message["quality"];
  readonly value?: MessageValue;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const qualities = ["good", "uncertain", "bad"] as const;

export function tableError(path: string, message: string): FlowFusionError {
  const diagnostics = [{ code: "FF_NODE_TABLE" as const, path, message }];
  return new FlowFusionError("FF_NODE_TABLE", `${path}: ${message}`, { diagnostics });
}

export function readRecord(json: unknown, path: string, known: readonly string[]): { readonly [key: string]: unknown } {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw tableError(path, "an object expected");
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw tableError(`${path}.${unknown}`, `there is no such member; known are ${known.join(", ")}`);
  }
  return json as { readonly [key: string]: unknown };
}

/** The fields that `record` has; other members are left alone. */
export function readFields(record: { readonly [key: string]: unknown }, path: string): MessageFields {
  const { topic, timestampNs, quality } = record;
  if (topic !== undefined && typeof topic !== "string") throw tableError(`${path}.topic`, "text expected");
  return {
    ...(topic !== undefined && { topic: topic as string }),
    ...(timestampNs !== undefined && { timestampNs: readInteger(timestampNs, `${path}.timestampNs`) }),
    ...(quality !== undefined && { quality: readQuality(quality, `${path}.quality`) }),
    ...("value" in record && { value: readValue(record.value, `${path}.value`) }),
  };
}

/** A whole number, as a number or, beyond 2^53, as text. */
export function readInteger(json: unknown, path: string): bigint {
  if (typeof json === "number" && Number.isSafeInteger(json)) return BigInt(json);
  if (typeof json === "string" && /^-?\d{1,20}$/.test(json)) return BigInt(json);
  throw tableError(path, "a whole number expected, as text when it is beyond 2^53");
}

function readQuality(json: unknown, path: string): Message["quality"] {
  const index = (qualities as readonly unknown[]).indexOf(json);
  if (index < 0) throw tableError(path, `one of ${qualities.join(", ")} expected`);
  return index as Message["quality"];
}

function readValue(json: unknown, path: string): MessageValue {
  if (json === null || typeof json === "boolean" || typeof json === "number" || typeof json === "string") return json;
  const record = readRecord(json, path, ["float64", "int64", "bytes"]);
  if (Object.keys(record).length !== 1) throw tableError(path, "one of float64, int64 and bytes expected");
  const { float64, int64, bytes } = record;
  if (int64 !== undefined) return readInteger(int64, `${path}.int64`);
  if (typeof bytes === "string") return new Uint8Array(Buffer.from(bytes, "base64"));
  const special: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, "-Infinity": -Infinity, "-0": -0 };
  if (typeof float64 === "string" && special[float64] !== undefined) return special[float64];
  throw tableError(path, `float64 is one of ${Object.keys(special).join(", ")}; bytes are base64`);
}

/** The form in which `readFields` takes it; equal messages give equal JSON. */
export function fieldsJson(fields: MessageFields): { [key: string]: Json } {
  const { topic, timestampNs, quality, value } = fields;
  return {
    ...(topic !== undefined && { topic }),
    ...(timestampNs !== undefined && { timestampNs: integerJson(timestampNs) }),
    ...(quality !== undefined && { quality: qualities[quality] }),
    ...(value !== undefined && { value: valueJson(value) }),
  };
}

const integerJson = (value: bigint): Json =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);

function valueJson(value: MessageValue): Json {
  if (typeof value === "bigint") return { int64: String(value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { float64: Object.is(value, -0) ? "-0" : String(value) };
  }
  return value;
}
