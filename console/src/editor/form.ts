// The form of a node's properties, as its manifest's JSON Schema has it: what to draw, with values, units, help and
// messages at the place that they are about. The page draws fields and knows no schema.

import type { NodeManifest, PropValue } from "@flowfusion/graph";
import { conditionsOf, type Schema } from "./conditions.ts";
import type { Props } from "./draft.ts";
import { isSamePlace, type Problem } from "./problems.ts";
import { isRecord, type Place } from "./values.ts";

type Scalar = number | string | boolean;
type ScalarType = "number" | "string" | "boolean";

export type Control =
  | { readonly kind: "number"; readonly isWhole: boolean; readonly min?: number; readonly max?: number }
  | { readonly kind: "text"; readonly charsMax?: number }
  | { readonly kind: "expression"; readonly charsMax?: number }
  | { readonly kind: "toggle" }
  | { readonly kind: "choice"; readonly choices: readonly Scalar[] }
  /** A value whose type is chosen with it. */
  | { readonly kind: "scalar"; readonly types: readonly ScalarType[] }
  | { readonly kind: "constant"; readonly value: PropValue }
  | { readonly kind: "group"; readonly fields: readonly Field[] }
  /** `blank` is what a new item holds. */
  | {
      readonly kind: "list";
      readonly items: readonly Field[];
      readonly itemsMax?: number;
      readonly itemsMin: number;
      readonly blank: PropValue;
    }
  | { readonly kind: "table"; readonly rows: readonly Field[]; readonly rowsMax?: number; readonly blank: PropValue }
  /** Anything else, as JSON text. */
  | { readonly kind: "json" };

export interface Field {
  readonly place: Place;
  /** The last step of the place, as the program spells it. */
  readonly name: string;
  readonly label: string;
  readonly unit?: string;
  readonly help?: string;
  readonly isRequired: boolean;
  /** Absent where nothing is said. */
  readonly value?: PropValue;
  /** What holds where nothing is said. */
  readonly byDefault?: PropValue;
  readonly problems: readonly string[];
  readonly control: Control;
}

interface Context {
  readonly problems: readonly Problem[];
  readonly isExpression: (place: Place) => boolean;
}

/** `problems` are those of this node. */
export function formOf(
  { props: schema, expressions }: Pick<NodeManifest, "props" | "expressions">,
  props: Props,
  problems: readonly Problem[],
): Field[] {
  const [list, member] = (expressions?.property ?? "").split("[].");
  const isExpression = (place: Place) =>
    place[0] === list && (member === undefined ? place.length === 1 : place[2] === member && place.length === 3);
  return fieldsOf(schema, props, [], { problems, isExpression });
}

/** Problems of the node that belong to no field which is drawn. */
export function problemsBeside(fields: readonly Field[], problems: readonly Problem[]): readonly Problem[] {
  const places = [...everyField(fields)].map(({ place }) => place);
  return problems.filter(({ place }) => place === undefined || !places.some((shown) => isSamePlace(shown, place)));
}

function* everyField(fields: readonly Field[]): Generator<Field> {
  for (const field of fields) {
    yield field;
    const { control } = field;
    if (control.kind === "group") yield* everyField(control.fields);
    if (control.kind === "list") yield* everyField(control.items);
    if (control.kind === "table") yield* everyField(control.rows);
  }
}

/** Properties that lose their place when `name` gets a value: an expression stands in place of `op` and `value`. */
export function displacedBy({ props: schema }: NodeManifest, before: Props, after: Props): string[] {
  const was = conditionsOf(schema, before).forbidden;
  return [...conditionsOf(schema, after).forbidden].filter((name) => !was.has(name) && Object.hasOwn(after, name));
}

function fieldsOf(schema: Schema, value: PropValue | undefined, at: Place, context: Context): Field[] {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const { required, forbidden } = conditionsOf(schema, value);
  const given = isRecord(value) ? value : {};
  return Object.entries(properties)
    .filter(([name]) => !forbidden.has(name) || Object.hasOwn(given, name))
    .map(([name, property]) =>
      fieldOf(
        isRecord(property) ? property : {},
        Object.hasOwn(given, name) ? given[name] : undefined,
        [...at, name],
        context,
        required.has(name),
      ),
    );
}

function fieldOf(
  schema: Schema,
  value: PropValue | undefined,
  place: Place,
  context: Context,
  isRequired: boolean,
): Field {
  const name = String(place.at(-1));
  const help = typeof schema.description === "string" ? schema.description : undefined;
  const unit = unitOf(name, help);
  return {
    place,
    name,
    label: labelOf(name, unit),
    ...(unit !== undefined && { unit }),
    ...(help !== undefined && { help }),
    isRequired,
    ...(value !== undefined && { value }),
    ...(schema.default !== undefined && { byDefault: schema.default }),
    problems: context.problems
      .filter((problem) => problem.place !== undefined && isSamePlace(problem.place, place))
      .map(({ message }) => message),
    control: controlOf(schema, value, place, context),
  };
}

function controlOf(schema: Schema, value: PropValue | undefined, place: Place, context: Context): Control {
  if (schema.const !== undefined) return { kind: "constant", value: schema.const };
  if (Array.isArray(schema.enum) && schema.enum.every(isScalar)) return { kind: "choice", choices: schema.enum };
  const charsMax = numberAt(schema, "maxLength");
  const types = [schema.type ?? []].flat();
  if (types.length > 1 && types.every(isScalarType)) return { kind: "scalar", types };
  switch (types[0]) {
    case "string":
      return { kind: context.isExpression(place) ? "expression" : "text", ...(charsMax !== undefined && { charsMax }) };
    case "boolean":
      return { kind: "toggle" };
    case "integer":
    case "number": {
      const min = numberAt(schema, "minimum") ?? numberAt(schema, "exclusiveMinimum");
      const max = numberAt(schema, "maximum") ?? numberAt(schema, "exclusiveMaximum");
      const isWhole = types[0] === "integer";
      return { kind: "number", isWhole, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    }
    case "array":
      return listOf(schema, value, place, context);
    case "object":
      return objectOf(schema, value, place, context);
    default:
      return { kind: "json" };
  }
}

function listOf(schema: Schema, value: PropValue | undefined, place: Place, context: Context): Control {
  if (!isRecord(schema.items)) return { kind: "json" };
  const item = schema.items;
  const given = Array.isArray(value) ? value : [];
  const itemsMax = numberAt(schema, "maxItems");
  return {
    kind: "list",
    items: given.map((one: PropValue, index) => fieldOf(item, one, [...place, index], context, true)),
    ...(itemsMax !== undefined && { itemsMax }),
    itemsMin: numberAt(schema, "minItems") ?? 0,
    blank: blankOf(item),
  };
}

function objectOf(schema: Schema, value: PropValue | undefined, place: Place, context: Context): Control {
  if (isRecord(schema.properties)) return { kind: "group", fields: fieldsOf(schema, value, place, context) };
  if (!isRecord(schema.additionalProperties)) return { kind: "json" };
  const row = schema.additionalProperties;
  const rowsMax = numberAt(schema, "maxProperties");
  return {
    kind: "table",
    rows: Object.entries(isRecord(value) ? value : {}).map(([key, cell]) =>
      fieldOf(row, cell, [...place, key], context, true),
    ),
    ...(rowsMax !== undefined && { rowsMax }),
    blank: blankOf(row),
  };
}

function blankOf(schema: Schema): PropValue {
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0]!;
  switch ([schema.type].flat()[0]) {
    case "number":
    case "integer":
      return numberAt(schema, "minimum") ?? 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "object":
      return {};
    default:
      return "";
  }
}

const numberAt = (schema: Schema, keyword: string): number | undefined =>
  typeof schema[keyword] === "number" ? schema[keyword] : undefined;

const isScalar = (value: PropValue): value is Scalar => ["number", "string", "boolean"].includes(typeof value);
const isScalarType = (type: PropValue): type is ScalarType =>
  type === "number" || type === "string" || type === "boolean";

/** Endings of names that are units, as everywhere in the product. */
const unitEndings: readonly (readonly [RegExp, string])[] = [
  [/Ms$/, "ms"],
  [/Us$/, "µs"],
  [/Ns$/, "ns"],
  [/Percent$/, "%"],
];
/** A description may name the unit at the end of its first sentence: "Which percentile, %; 50 is the median." */
const unitInHelp = /^[^.;]*, (ms|s|%|bytes|Hz|°C|K)[.;]/;

function unitOf(name: string, help: string | undefined): string | undefined {
  if (/Bytes(Max|Min)?$/.test(name)) return "bytes";
  return unitEndings.find(([ending]) => ending.test(name))?.[1] ?? unitInHelp.exec(help ?? "")?.[1];
}

/** `onDelayMs` → "On delay": the unit stands beside the field. */
function labelOf(name: string, unit: string | undefined): string {
  const bare = unit === undefined ? name : name.replace(/(Ms|Us|Ns|Percent)$/, "");
  const words = bare
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return words === "" ? name : words.charAt(0).toUpperCase() + words.slice(1);
}
