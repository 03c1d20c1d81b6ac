// Sparkplug B payloads as plain objects, to and from the bytes of `sparkplug_b.proto`, by protobufjs. A metric's value is
// that of a tag: signed where its data type is, whatever the field that carried it.

import { org } from "./generated/sparkplug_b.js";
import type { TagValue } from "./tag-update.ts";

/** Numbers of Sparkplug's data types; those that no tag can hold are left out. */
export const sparkplugType = {
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  uint8: 5,
  uint16: 6,
  uint32: 7,
  uint64: 8,
  float: 9,
  double: 10,
  boolean: 11,
  string: 12,
  dateTime: 13,
  text: 14,
  uuid: 15,
  bytes: 17,
  file: 18,
} as const;

export interface SparkplugMetric {
  /** Absent in data when an alias stands for it. */
  readonly name?: string;
  readonly alias?: bigint;
  readonly timestampMs?: number;
  /** Given in births; in data it may be absent. */
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  /** The property `Quality`: 192 good, 0 bad, 500 stale. */
  readonly quality?: number;
  readonly value: TagValue;
}

export interface SparkplugPayload {
  readonly timestampMs?: number;
  /** 0 to 255; absent in deaths. */
  readonly seq?: number;
  readonly metrics: readonly SparkplugMetric[];
  /** What `body` is. */
  readonly uuid?: string;
  readonly body?: Uint8Array;
}

const { Payload } = org.eclipse.tahu.protobuf;
type MetricProperties = org.eclipse.tahu.protobuf.Payload.Metric.$Properties;
type Wide = NonNullable<MetricProperties["timestamp"]>;

/** Throws when the bytes are not one whole, well-formed payload. */
export function decodeSparkplug(bytes: Uint8Array): SparkplugPayload {
  const { timestamp, seq, metrics, uuid, body } = Payload.decode(bytes);
  return {
    ...present("timestampMs", timestamp, (value) => Number(toBigint(value))),
    ...present("seq", seq, (value) => Number(toBigint(value))),
    metrics: metrics.map(metricOf),
    ...present("uuid", uuid, (text) => text),
    ...present("body", body, plainBytes),
  };
}

export function encodeSparkplug({ timestampMs, seq, metrics, uuid, body }: SparkplugPayload): Uint8Array {
  const properties = {
    ...present("timestamp", timestampMs, (value) => fromBigint(BigInt(Math.trunc(value)))),
    ...present("seq", seq, (value) => value),
    metrics: metrics.map(propertiesOf),
    ...present("uuid", uuid, (text) => text),
    ...present("body", body, (bytes) => bytes),
  };
  return Payload.encode(properties).finish();
}

/** A value that came in a data message, whose data type was told at the birth. */
export function withDatatype(value: TagValue, datatype: number): TagValue {
  const bits = signedBits[datatype];
  return typeof value === "bigint" && bits !== undefined ? BigInt.asIntN(bits, value) : value;
}

const signedBits: { readonly [datatype: number]: number } = {
  [sparkplugType.int8]: 8,
  [sparkplugType.int16]: 16,
  [sparkplugType.int32]: 32,
  [sparkplugType.int64]: 64,
};

function metricOf(metric: MetricProperties): SparkplugMetric {
  const { name, alias, timestamp, datatype, isHistorical } = metric;
  const value = metric.isNull === true ? null : readValue(metric);
  return {
    ...present("name", name, (text) => text),
    ...present("alias", alias, toBigint),
    ...present("timestampMs", timestamp, (time) => Number(toBigint(time))),
    ...present("datatype", datatype, (number) => number),
    ...(isHistorical === true ? { isHistorical } : {}),
    ...present("quality", qualityOf(metric), (number) => number),
    value: datatype == null ? value : withDatatype(value, datatype),
  };
}

function readValue(metric: MetricProperties): TagValue {
  if (metric.intValue != null) return BigInt(metric.intValue);
  if (metric.longValue != null) return toBigint(metric.longValue);
  if (metric.bytesValue != null) return plainBytes(metric.bytesValue);
  return metric.floatValue ?? metric.doubleValue ?? metric.booleanValue ?? metric.stringValue ?? null;
}

/** Without what Node.js's Buffer adds. */
const plainBytes = ({ buffer, byteOffset, length }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

function qualityOf({ properties }: MetricProperties): number | undefined {
  const index = properties?.keys?.indexOf("Quality") ?? -1;
  const property = index < 0 ? undefined : properties?.values?.[index];
  if (property?.intValue != null) return property.intValue;
  return property?.longValue == null ? undefined : Number(toBigint(property.longValue));
}

function propertiesOf(metric: SparkplugMetric): MetricProperties {
  const { name, alias, timestampMs, datatype, isHistorical, quality, value } = metric;
  return {
    ...present("name", name, (text) => text),
    ...present("alias", alias, fromBigint),
    ...present("timestamp", timestampMs, (time) => fromBigint(BigInt(Math.trunc(time)))),
    ...present("datatype", datatype, (number) => number),
    ...(isHistorical === true ? { isHistorical } : {}),
    ...present("properties", quality, (intValue) => ({
      keys: ["Quality"],
      values: [{ type: sparkplugType.int32, intValue }],
    })),
    ...valueProperties(value, datatype),
  };
}

const shortTypes: readonly (number | undefined)[] = [
  ...[sparkplugType.int8, sparkplugType.int16, sparkplugType.int32],
  ...[sparkplugType.uint8, sparkplugType.uint16, sparkplugType.uint32],
];

function valueProperties(value: TagValue, datatype: number | undefined): MetricProperties {
  if (value === null) return { isNull: true };
  switch (typeof value) {
    case "boolean":
      return { booleanValue: value };
    case "bigint":
      return shortTypes.includes(datatype)
        ? { intValue: Number(BigInt.asUintN(32, value)) }
        : { longValue: fromBigint(value) };
    case "number":
      return datatype === sparkplugType.float ? { floatValue: value } : { doubleValue: value };
    case "string":
      return { stringValue: value };
    default:
      return { bytesValue: value };
  }
}

function present<Name extends string, From, To>(
  name: Name,
  value: From | null | undefined,
  convert: (value: From) => To,
): { readonly [Key in Name]?: To } {
  return (value == null ? {} : { [name]: convert(value) }) as { readonly [Key in Name]?: To };
}

function toBigint(value: Wide): bigint {
  if (typeof value === "number") return BigInt(value);
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

/** protobufjs takes any object with the two halves of a 64-bit integer for one. */
function fromBigint(value: bigint): Wide {
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return { low, high, unsigned: true } as Wide;
}
