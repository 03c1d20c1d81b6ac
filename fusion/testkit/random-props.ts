// Random properties for any node, from the JSON Schema in its manifest. Durations and numbers stay small, so that
// what nodes wait for happens within a short run. A schema says more than this generator knows: filter what comes.

import type { JsonSchema, PropValue } from "@flowfusion/graph";
import fc from "fast-check";

export type Props = { readonly [name: string]: PropValue };

/** How far above its minimum a bounded number goes. */
const spread = 6;
const texts = ["a", "line/1/total", "größe", "{topic}", "{-1}/x"];
const keys = ["1", "true", "run", "a", "t/0/a"];

export function propsOf(schema: JsonSchema): fc.Arbitrary<Props> {
  const required = (schema.required ?? []) as readonly string[];
  const named = Object.entries((schema.properties ?? {}) as { [name: string]: JsonSchema });
  return fc
    .tuple(...named.map(([name, property]) => (required.includes(name) ? valueFor(property) : sometimes(property))))
    .map((values) =>
      Object.fromEntries(
        named.map(([name], index) => [name, values[index]]).filter(([, value]) => value !== undefined),
      ),
    );
}

const sometimes = (schema: JsonSchema): fc.Arbitrary<PropValue | undefined> =>
  fc.option(valueFor(schema), { nil: undefined });

function valueFor(schema: JsonSchema): fc.Arbitrary<PropValue> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as PropValue[]));
  const types = [schema.type].flat() as string[];
  return fc.oneof(...types.map((type) => valueOfType(type, schema)));
}

function valueOfType(type: string, schema: JsonSchema): fc.Arbitrary<PropValue> {
  const least = Number(schema.minimum ?? -spread);
  const most = Math.min(Number(schema.maximum ?? spread), least + 2 * spread);
  switch (type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: least, max: most });
    case "number":
      return fc.oneof(fc.integer({ min: least, max: most }), fc.double({ min: least, max: most, noNaN: true }));
    case "array":
      return fc.array(valueFor(schema.items as JsonSchema), {
        minLength: Number(schema.minItems ?? 0),
        maxLength: Math.min(Number(schema.maxItems ?? 3), 3),
      });
    case "object":
      return schema.properties === undefined
        ? fc.dictionary(fc.constantFrom(...keys), valueFor(schema.additionalProperties as JsonSchema), { minKeys: 1 })
        : propsOf(schema);
    default:
      return typeof schema.pattern === "string"
        ? fc.stringMatching(new RegExp(schema.pattern))
        : fc.constantFrom(...texts);
  }
}
