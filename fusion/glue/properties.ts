// The properties of a node as its `configure` receives them: a run of Message v1, one for each leaf of the properties
// object, its path as the topic (`op`, `cases[1].value`), sorted by path. So a node reads its properties with the
// code that it reads messages with, and needs no JSON parser.

import { encodeMessage, type JsonSchema, type MessageValue, type PropValue } from "@flowfusion/graph";

export function encodeProperties(props: { readonly [name: string]: PropValue }, schema: JsonSchema): Uint8Array {
  const leaves = [...leavesOf(props, schema, "")].sort((a, b) => (a.path < b.path ? -1 : 1));
  const messages = leaves.map(({ path, value }) => encodeMessage({ topic: path, timestampNs: 0n, quality: 0, value }));
  return concatenate(messages);
}

function* leavesOf(
  value: PropValue,
  schema: PropValue | undefined,
  path: string,
): Generator<{ path: string; value: MessageValue }> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leavesOf(item, member(schema, "items"), `${path}[${index}]`);
  } else if (value !== null && typeof value === "object") {
    const properties = member(schema, "properties");
    for (const [name, item] of Object.entries(value)) {
      yield* leavesOf(item, member(properties, name), path === "" ? name : `${path}.${name}`);
    }
  } else {
    const isInteger = typeof value === "number" && member(schema, "type") === "integer" && Number.isSafeInteger(value);
    yield { path, value: isInteger ? BigInt(value) : (value as MessageValue) };
  }
}

function member(schema: PropValue | undefined, name: string): PropValue | undefined {
  if (schema === null || typeof schema !== "object" || Array.isArray(schema)) return undefined;
  return Object.hasOwn(schema, name) ? (schema as { [key: string]: PropValue })[name] : undefined;
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
