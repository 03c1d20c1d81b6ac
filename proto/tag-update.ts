// Batches of tag updates as plain objects, to and from the bytes of `tag_update.proto`, by protobufjs. Convenient
// rather than fast: the gateway reads batches in WebAssembly, senders at a high rate use TagBatchEncoder.

import protobuf from "protobufjs/minimal.js";
import { flowfusion } from "./generated/tag_update.js";

/** As OPC UA: 0 good, 1 uncertain, 2 bad. */
export type TagQuality = 0 | 1 | 2;

/** A `bigint` is an int64, a `number` a double, `null` a reading without a value. */
export type TagValue = null | boolean | bigint | number | string | Uint8Array;

export interface TagUpdate {
  readonly tag: string;
  /** ns since the Unix epoch. */
  readonly timestampNs: bigint;
  readonly quality: TagQuality;
  readonly value: TagValue;
}

export interface TagUpdateBatch {
  /** Names the driver. */
  readonly source: string;
  readonly updates: readonly TagUpdate[];
}

type Properties = flowfusion.v1.TagUpdate.$Properties;
type Fixed64 = NonNullable<Properties["timestampNs"]>;

const { TagUpdateBatch: Batch } = flowfusion.v1;

export function encodeTagUpdateBatch(batch: TagUpdateBatch): Uint8Array {
  const updates = batch.updates.map(({ tag, timestampNs, quality, value }) => ({
    tag,
    timestampNs: fromBigint(timestampNs),
    quality,
    ...valueProperties(value),
  }));
  return Batch.encode({ source: batch.source, updates }).finish();
}

/** Throws when the bytes are not one whole, well-formed batch. */
export function decodeTagUpdateBatch(bytes: Uint8Array): TagUpdateBatch {
  const { source, updates } = Batch.decode(bytes);
  return { source: source ?? "", updates: (updates ?? []).map(fromProperties) };
}

/** Key of the field `updates`: its number, and that bytes led by their length follow. */
const updatesKey = (2 << 3) | 2;

/** How many updates a whole, well-formed batch has, by their lengths alone. */
export function countTagUpdates(bytes: Uint8Array): number {
  const reader = protobuf.Reader.create(bytes);
  let count = 0;
  while (reader.pos < reader.len) {
    const key = reader.tag();
    if (key === updatesKey) count++;
    reader.skipType(key & 7);
  }
  return count;
}

function fromProperties(update: Properties): TagUpdate {
  return {
    tag: update.tag ?? "",
    timestampNs: BigInt.asUintN(64, toBigint(update.timestampNs ?? 0)),
    quality: qualityOf(update.quality ?? 0),
    value: readingOf(update),
  };
}

/** What is neither good nor uncertain counts as bad. */
const qualityOf = (quality: number): TagQuality => (quality === 0 || quality === 1 ? quality : 2);

function readingOf(update: Properties): TagValue {
  if (update.intValue != null) return toBigint(update.intValue);
  return update.boolValue ?? update.doubleValue ?? update.textValue ?? update.bytesValue ?? null;
}

function valueProperties(value: TagValue): Properties {
  if (value === null) return {};
  switch (typeof value) {
    case "boolean":
      return { boolValue: value };
    case "bigint":
      return { intValue: fromBigint(value) };
    case "number":
      return { doubleValue: value };
    case "string":
      return { textValue: value };
    default:
      return { bytesValue: value };
  }
}

function toBigint(value: Fixed64): bigint {
  if (typeof value === "number") return BigInt(value);
  return (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

/** protobufjs takes any object with the two halves of a 64-bit integer for one. */
function fromBigint(value: bigint): Fixed64 {
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return { low, high, unsigned: false } as Fixed64;
}
