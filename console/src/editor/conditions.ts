// What a schema says of properties that depends on other properties: which are required, which have no place. Enough of
// JSON Schema to lay out a form; whether values are right is asked of `checkGraph` alone.

import type { PropValue } from "@flowfusion/graph";
import { isRecord } from "./values.ts";

export type Schema = { readonly [keyword: string]: PropValue };

export interface Conditions {
  readonly required: ReadonlySet<string>;
  readonly forbidden: ReadonlySet<string>;
}

export function conditionsOf(schema: Schema, value: PropValue | undefined): Conditions {
  const required = new Set<string>();
  const forbidden = new Set<string>();
  for (const part of partsThatHold(schema, value)) {
    for (const name of names(part.required)) required.add(name);
    for (const [name, property] of Object.entries(isRecord(part.properties) ? part.properties : {})) {
      if (property === false) forbidden.add(name);
    }
  }
  return { required: required.difference(forbidden), forbidden };
}

function* partsThatHold(schema: Schema, value: PropValue | undefined): Generator<Schema> {
  yield schema;
  for (const part of Array.isArray(schema.allOf) ? schema.allOf : []) {
    if (isRecord(part)) yield* partsThatHold(part, value);
  }
  if (!isRecord(schema.if)) return;
  const holds = meets(value, schema.if);
  const branch = holds === undefined ? undefined : holds ? schema.then : schema.else;
  if (isRecord(branch)) yield* partsThatHold(branch, value);
}

/** Whether a value meets a condition; undefined when it uses keywords that conditions of nodes do not use. */
function meets(value: PropValue | undefined, schema: Schema): boolean | undefined {
  const answers = Object.entries(schema).map(([keyword, said]): boolean | undefined => {
    switch (keyword) {
      case "required":
        return !isRecord(value) || names(said).every((name) => Object.hasOwn(value, name));
      case "properties":
        return isRecord(value) && isRecord(said) ? meetsAll(value, said) : true;
      case "const":
        return JSON.stringify(value) === JSON.stringify(said);
      case "enum":
        return Array.isArray(said) && said.some((one) => JSON.stringify(one) === JSON.stringify(value));
      case "type":
        return [said].flat().some((type) => isOfType(value, type as string));
      case "not": {
        const holds = isRecord(said) ? meets(value, said) : undefined;
        return holds === undefined ? undefined : !holds;
      }
      default:
        return undefined;
    }
  });
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function meetsAll(value: { readonly [name: string]: PropValue }, properties: Schema): boolean | undefined {
  const answers = Object.entries(properties)
    .filter(([name]) => Object.hasOwn(value, name))
    .map(([name, schema]) => (isRecord(schema) ? meets(value[name], schema) : schema !== false));
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function isOfType(value: PropValue | undefined, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isRecord(value);
  if (type === "null") return value === null;
  return typeof value === type;
}

const names = (value: PropValue | undefined): string[] =>
  Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
