// From OPC UA's values to those of tags. What a tag has no type for becomes text: dates as ISO 8601, arrays and structures
// as JSON, so that nothing is lost on the way and an expression can still look at it.

import { isUpdateTime, msToNs } from "@flowfusion/driver-kit";
import type { TagQuality, TagValue } from "@flowfusion/proto";
import { DataType, type DataValue, type Variant, VariantArrayType } from "node-opcua-client";

const severityShift = 30;

/** The top two bits of a status code: 0 good, 1 uncertain, else bad. */
export function qualityOf(statusCode: number): TagQuality {
  const severity = statusCode >>> severityShift;
  return severity === 0 || severity === 1 ? severity : 2;
}

export function tagValueOf(variant: Variant | null | undefined): TagValue {
  if (variant === null || variant === undefined || variant.value === null || variant.value === undefined) return null;
  if (variant.arrayType !== VariantArrayType.Scalar) return json(variant.value, variant.dataType);
  return scalar(variant.dataType, variant.value);
}

/** When the source took the reading, else when the server did, else now, as for a time that no update can have. */
export function stampOf(value: DataValue, nowNs: bigint): bigint {
  const { sourceTimestamp, sourcePicoseconds, serverTimestamp } = value;
  const time = sourceTimestamp ?? serverTimestamp;
  if (!time || !(time.getTime() > 0)) return nowNs;
  const belowMs = sourceTimestamp ? BigInt(Math.min(999_999, Math.floor((sourcePicoseconds ?? 0) / 1000))) : 0n;
  const toldNs = msToNs(time.getTime()) + belowMs;
  return isUpdateTime(toldNs) ? toldNs : nowNs;
}

function scalar(type: DataType, value: unknown): TagValue {
  switch (type) {
    case DataType.Boolean:
      return value === true;
    case DataType.SByte:
    case DataType.Byte:
    case DataType.Int16:
    case DataType.UInt16:
    case DataType.Int32:
    case DataType.UInt32:
      return BigInt(value as number);
    case DataType.Int64:
      return BigInt.asIntN(64, wide(value));
    case DataType.UInt64: {
      const unsigned = wide(value);
      return unsigned < 2n ** 63n ? unsigned : Number(unsigned);
    }
    case DataType.Float:
    case DataType.Double:
      return value as number;
    case DataType.ByteString:
      return new Uint8Array(value as Buffer);
    case DataType.String:
    case DataType.Guid:
    case DataType.XmlElement:
      return value as string;
    case DataType.DateTime:
      return (value as Date).toISOString();
    case DataType.LocalizedText:
      return (value as { text?: string | null }).text ?? null;
    case DataType.StatusCode:
      return BigInt((value as { value: number }).value);
    case DataType.NodeId:
    case DataType.ExpandedNodeId:
    case DataType.QualifiedName:
      return String(value);
    default:
      return json(value, type);
  }
}

/** 64-bit integers come as their high and low half. */
function wide(value: unknown): bigint {
  const [high = 0, low = 0] = value as readonly [number, number];
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function json(value: unknown, type: DataType): string {
  const is64 = type === DataType.Int64 || type === DataType.UInt64;
  const list = ArrayBuffer.isView(value) ? [...(value as unknown as Iterable<unknown>)] : value;
  const plain = is64 && Array.isArray(list) ? list.map((item) => scalar(type, item)) : list;
  return JSON.stringify(plain, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item));
}
