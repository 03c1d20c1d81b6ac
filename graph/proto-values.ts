// Property values as protobuf messages, and back.

import type { ValueMessage } from "@flowfusion/proto";
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
