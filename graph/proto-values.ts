// Property values as protobuf messages, and back.

import type { ValueMessage } from "@flowfusion/proto";
import type { Reader } from "protobufjs/minimal.js";
import { sortedKeys } from "./names.ts";
import type { PropValue } from "./types.ts";
import type { Props } from "./values.ts";

export const encodeFields = (props: Props): Record<string, ValueMessage> =>
  Object.fromEntries(sortedKeys(props).map((key) => [key, encodeValue(props[key]!)]));

function encodeValue(value: PropValue): ValueMessage {
  if (value === null) return { nullValue: 0 };
  switch (typeof value) {
    case "boolean":
      return { boolValue: value };
    case "number":
      return { numberValue: value };
    case "string":
      return { stringValue: value };
    default:
      if (isList(value)) return { listValue: { values: value.map(encodeValue) } };
      return { objectValue: { fields: encodeFields(value) } };
  }
}

const isList = (value: PropValue): value is readonly PropValue[] => Array.isArray(value);

/** What comes back is whatever the bytes say; readProps judges it. */
export const decodeFields = (fields: { readonly [key: string]: ValueMessage }): { [key: string]: unknown } =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, decodeValue(value)]));

/** Gives undefined for a value of no kind. */
function decodeValue(value: ValueMessage): unknown {
  switch (value.kind) {
    case "nullValue":
      return null;
    case "boolValue":
      return value.boolValue;
    case "numberValue":
      return value.numberValue;
    case "stringValue":
      return value.stringValue;
    case "listValue":
      return (value.listValue?.values ?? []).map(decodeValue);
    case "objectValue":
      return decodeFields(value.objectValue?.fields ?? {});
    case undefined:
      return undefined;
  }
}

/** Reads fields, from where the reader is to `end`: what `decodeFields` makes of the messages, without making those. */
export function readFields(reader: Reader, end: number): { [key: string]: unknown } {
  // By entries, as a key may be `__proto__`.
  return Object.fromEntries(readUntil(end, reader, readField));
}

function readField(reader: Reader): [key: string, value: unknown] {
  const end = reader.uint32() + reader.pos;
  const field: [key: string, value: unknown] = ["", undefined];
  while (reader.pos < end) {
    if (reader.uint32() >>> 3 === 1) field[0] = reader.string();
    else field[1] = readValue(reader);
  }
  return field;
}

function readValue(reader: Reader): unknown {
  const end = reader.uint32() + reader.pos;
  let value: unknown;
  while (reader.pos < end) value = readKind(reader, reader.uint32() >>> 3);
  return value;
}

/** `kind`: the number of the field of a value that is set. */
function readKind(reader: Reader, kind: number): unknown {
  switch (kind) {
    case 1:
      reader.uint32();
      return null;
    case 2:
      return reader.bool();
    case 3:
      return reader.double();
    case 4:
      return reader.string();
    case 5:
      return readUntil(reader.uint32() + reader.pos, reader, readValue);
    default:
      return readFields(reader, reader.uint32() + reader.pos);
  }
}

/** What stands there again and again behind the number of one field. */
function readUntil<T>(end: number, reader: Reader, readOne: (reader: Reader) => T): T[] {
  const all: T[] = [];
  while (reader.pos < end) {
    reader.uint32();
    all.push(readOne(reader));
  }
  return all;
}
