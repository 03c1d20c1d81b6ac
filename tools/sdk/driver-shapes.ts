// The configurations of drivers as named shapes, from the JSON Schemas of their kinds: what the SDK's types and the types of
// schema.json are both written from.

import type { DriverKind, SchemaKeywords } from "@flowfusion/driver-kit";

export interface Shape {
  /** `ModbusConfig`, `ModbusTag`. */
  readonly name: string;
  readonly doc: string;
  readonly properties: readonly ShapeProperty[];
}

export interface ShapeProperty {
  readonly name: string;
  readonly doc: string;
  readonly isRequired: boolean;
  readonly type: ShapeType;
}

export type ShapeType =
  | { readonly sort: "text" | "integer" | "number" | "boolean" }
  | { readonly sort: "choice"; readonly choices: readonly string[] }
  | { readonly sort: "list"; readonly item: ShapeType }
  /** Several shapes are told apart by the value of `by`. */
  | { readonly sort: "shape"; readonly names: readonly string[]; readonly by?: string };

/** The shapes of a kind, its whole configuration first. */
export function shapesOf(kind: DriverKind): readonly Shape[] {
  const prefix = capital(kind.kind);
  const shapes: Shape[] = [];
  addShape(shapes, prefix, `${prefix}Config`, `Configuration of a driver of kind \`${kind.kind}\`.`, kind.config);
  return shapes;
}

export const configNameOf = ({ kind }: DriverKind): string => `${capital(kind)}Config`;

function addShape(shapes: Shape[], prefix: string, name: string, doc: string, schema: SchemaKeywords): string {
  const at = shapes.length;
  // Its place, before those of the shapes within.
  shapes.push({ name, doc, properties: [] });
  const properties = Object.entries(schema.properties ?? {}).map(
    ([key, property]): ShapeProperty => ({
      name: key,
      doc: docOf(property),
      isRequired: schema.required?.includes(key) === true,
      type: typeOf(shapes, prefix, key, property),
    }),
  );
  shapes[at] = { name, doc, properties };
  return name;
}

function typeOf(shapes: Shape[], prefix: string, key: string, schema: SchemaKeywords): ShapeType {
  if (schema.const !== undefined) return { sort: "choice", choices: [schema.const] };
  if (schema.enum !== undefined) return { sort: "choice", choices: schema.enum };
  switch (schema.type) {
    case "array":
      return { sort: "list", item: typeOf(shapes, prefix, key.replace(/s$/, ""), schema.items ?? {}) };
    case "object":
      return { sort: "shape", names: [addShape(shapes, prefix, `${prefix}${capital(key)}`, docOf(schema), schema)] };
    case "string":
      return { sort: "text" };
    case "integer":
    case "number":
    case "boolean":
      return { sort: schema.type };
    default:
      return unionOf(shapes, prefix, key, schema);
  }
}

function unionOf(shapes: Shape[], prefix: string, key: string, { oneOf = [] }: SchemaKeywords): ShapeType {
  const [by] = Object.entries(oneOf[0]?.properties ?? {}).find(([, { const: fixed }]) => fixed !== undefined) ?? [];
  if (by === undefined) throw new Error(`${prefix}: ${key} is of a sort that has no shape`);
  const names = oneOf.map((schema) => {
    const value = schema.properties?.[by]?.const ?? "";
    const doc = `A ${key} of ${by} \`${value}\`.`;
    return addShape(shapes, prefix, `${prefix}${capital(value)}${capital(key)}`, doc, schema);
  });
  return { sort: "shape", names, by };
}

function docOf({ description = "", default: fallback, minimum, maximum, minItems, maxItems }: SchemaKeywords): string {
  const range = (from: number | undefined, to: number | undefined) =>
    `${from?.toLocaleString("en") ?? "…"} to ${to?.toLocaleString("en") ?? "…"}`;
  return [
    description,
    ...(minimum === undefined && maximum === undefined ? [] : [`From ${range(minimum, maximum)}.`]),
    ...(maxItems === undefined ? [] : [`${range(minItems ?? 0, maxItems)} of them.`]),
    ...(fallback === undefined ? [] : [`Default: \`${JSON.stringify(fallback)}\`.`]),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
