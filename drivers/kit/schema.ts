// Describes a driver's configuration once: as JSON Schema, for documents and editors, and as the TypeScript type of what
// `checkConfig` gives. A small set of shapes, since a driver's process should not carry a schema library: the one that the
// gateway's API uses takes 25 MB of memory, half of what the process needs in all.

/** JSON Schema; `Value` is the type of a value that was checked against it, defaults filled in. */
export interface Schema<Value> extends SchemaKeywords {
  /** Never there; carries the type. */
  readonly "~value"?: Value;
}

export interface SchemaKeywords {
  readonly type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: SchemaKeywords;
  readonly properties?: { readonly [name: string]: SchemaKeywords };
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly oneOf?: readonly SchemaKeywords[];
}

export type Static<S> = S extends Schema<infer Value> ? Value : never;

interface Optional<Value> {
  readonly optional: Schema<Value>;
}
type Properties = { readonly [name: string]: Schema<unknown> | Optional<unknown> };
type Simplify<T> = { readonly [Key in keyof T]: T[Key] };
type ObjectOf<P extends Properties> = Simplify<
  { [Key in keyof P as P[Key] extends Optional<unknown> ? never : Key]: Static<P[Key]> } & {
    [Key in keyof P as P[Key] extends Optional<unknown> ? Key : never]?: P[Key] extends Optional<infer V> ? V : never;
  }
>;

interface Described<Value> {
  readonly description: string;
  /** What an absent property counts as. */
  readonly default?: Value;
}
interface TextLimits {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}
interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

const textLengthMax = 4096;

export const text = (options: Described<string> & TextLimits): Schema<string> => ({
  type: "string",
  minLength: 1,
  maxLength: textLengthMax,
  ...options,
});

export const integer = (options: Described<number> & Range): Schema<number> => ({ type: "integer", ...options });

export const decimal = (options: Described<number> & Partial<Range>): Schema<number> => ({
  type: "number",
  ...options,
});

export const flag = (options: Described<boolean>): Schema<boolean> => ({ type: "boolean", ...options });

export const choice = <const Choice extends string>(
  choices: readonly Choice[],
  options: Described<Choice>,
): Schema<Choice> => ({ type: "string", enum: choices, ...options });

/** The fixed value by which the shapes of `either` differ. */
export const fixed = <const Value extends string>(value: Value): Schema<Value> => ({ const: value });

export const list = <Item>(
  items: Schema<Item>,
  options: Described<readonly Item[]> & { readonly minItems?: number; readonly maxItems: number },
): Schema<readonly Item[]> => ({ type: "array", items, ...options });

export function object<const P extends Properties>(
  properties: P,
  options: { readonly description?: string; readonly default?: unknown } = {},
): Schema<ObjectOf<P>> {
  const plain = Object.entries(properties).map(([name, property]) =>
    "optional" in property ? ([name, property.optional, true] as const) : ([name, property, false] as const),
  );
  const required = plain.filter(([, schema, isOptional]) => !isOptional && schema.default === undefined);
  return {
    type: "object",
    properties: Object.fromEntries(plain.map(([name, schema]) => [name, schema])),
    required: required.map(([name]) => name),
    additionalProperties: false,
    ...options,
  };
}

/** A property that may be absent, and has no default. */
export const optional = <Value>(schema: Schema<Value>): Optional<Value> => ({ optional: schema });

/** One of several objects, told apart by a property that is `fixed` in each and the same in all. */
export const either = <const S extends readonly Schema<unknown>[]>(
  shapes: S,
  options: { readonly description: string; readonly default?: unknown },
): Schema<Static<S[number]>> => ({ oneOf: shapes, ...options });
