// Checks properties against a module's JSON Schema (draft 2020-12) and fills in its defaults.
//
// Schemas are read strictly: a misspelt keyword ("minimun") or a default that could never apply is an error of the
// module, not a rule silently dropped. `format` is a comment, as in the draft.

import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { type PathStep, quote } from "./names.ts";
import { didYouMean, knownInstead, namesShownMax } from "./suggest.ts";
import type { JsonSchema } from "./types.ts";
import { describe } from "./values.ts";

/** Compiled schemas kept; far more than the modules of any catalog. The oldest goes first. */
const compiledMax = 1_024;

let compiler: Ajv2020 | undefined;

/** Made when it is needed first: it compiles the schema of schemas, and the threads that run flows compile none. */
function compilerOfSchemas(): Ajv2020 {
  compiler ??= new Ajv2020({
    allErrors: true,
    useDefaults: true,
    ownProperties: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    validateFormats: false,
    verbose: true,
    logger: false,
  });
  return compiler;
}

// Keyed by the schema's text: one module has one entry however often its manifest is read, and two modules never share
// a wrong one.
const compiled = new Map<string, ValidateFunction>();

/** Throws when the schema itself is not valid. */
export function compileSchema(schema: JsonSchema): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  // A schema stands alone: under its own `$id` it could take another's place in ajv's registry.
  const { $id: _, ...alone } = schema;
  if ("$async" in alone) throw new Error("`$async` is not allowed, since properties are checked synchronously");
  const validate = compileAlone(alone);
  if (compiled.size >= compiledMax) compiled.delete(compiled.keys().next().value!);
  compiled.set(key, validate);
  return validate;
}

function compileAlone(schema: JsonSchema): ValidateFunction {
  const ajv = compilerOfSchemas();
  try {
    return ajv.compile(schema);
  } finally {
    ajv.removeSchema(schema);
  }
}

export interface SchemaProblem {
  /** Steps from the checked value to the place. */
  readonly at: readonly PathStep[];
  readonly message: string;
}

/** Checks `value` and writes defaults into it. Throws a RangeError when the schema refers to itself without end. */
export function checkAgainst(validate: ValidateFunction, value: unknown): SchemaProblem[] {
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  // `if` and the combining keywords repeat what their parts report, except where the parts are silent.
  const told = errors.filter((error) => !isEcho(error, errors));
  return told.map((error) => ({ at: placeOf(error, value), message: messageOf(error) }));
}

const isEcho = (error: ErrorObject, all: readonly ErrorObject[]): boolean =>
  ["anyOf", "oneOf", "if"].includes(error.keyword) &&
  all.some((other) => other !== error && other.schemaPath.startsWith(error.schemaPath.replace(/\/if$/, "/")));

/** Walks the pointer beside the value, since only the value tells a list's index from an object's key. */
function placeOf(error: ErrorObject, value: unknown): PathStep[] {
  const steps: PathStep[] = [];
  let here = value;
  for (const part of error.instancePath.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    steps.push(Array.isArray(here) ? Number(key) : key);
    here = (here as Record<string, unknown> | undefined)?.[key];
  }
  const { missingProperty, additionalProperty, unevaluatedProperty } = error.params as Record<string, unknown>;
  const extra = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  return typeof extra === "string" ? [...steps, extra] : steps;
}

function messageOf(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "required":
      return "is missing";
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = String(params.additionalProperty ?? params.unevaluatedProperty);
      const known = Object.keys(error.parentSchema?.properties ?? {});
      return `no property of that name is known${knownInstead(name, known)}`;
    }
    case "type":
      return `${describe(error.data)} given, ${[error.schema].flat().join(" or ")} expected${unitOf(error)}`;
    case "enum": {
      const known = error.schema as readonly unknown[];
      const choices = known.map((value) => JSON.stringify(value));
      const more = choices.length > namesShownMax ? ` and ${choices.length - namesShownMax} more` : "";
      const given = typeof error.data === "string" ? quote(error.data) : describe(error.data);
      // Where the message has room for all, whoever reads it sees what was meant.
      const near = more !== "" && typeof error.data === "string" ? didYouMean(error.data, known.map(String)) : "";
      if (near !== "") return `${given} given${near}`;
      return `${given} given, one of ${choices.slice(0, namesShownMax).join(", ")}${more} expected`;
    }
    case "false schema":
      return "has no place beside the other properties";
    case "const":
      return `${describe(error.data)} given, ${JSON.stringify(error.schema)} expected`;
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return `${String(error.data)} given, ${String(params.comparison)} ${String(params.limit)} expected${unitOf(error)}`;
    case "minItems":
    case "maxItems":
    case "minLength":
    case "maxLength":
      return `${describe(error.data)} given, at ${error.keyword.startsWith("min") ? "least" : "most"} ${String(params.limit)} expected`;
    case "pattern": {
      // The description of a property says in words what its pattern says in signs.
      const { description } = error.parentSchema ?? {};
      if (typeof description !== "string") return error.message!;
      return `${quote(String(error.data))} does not fit: ${description}`;
    }
    default:
      return error.message ?? `does not meet \`${error.keyword}\``;
  }
}

/** Names end in their unit, which is said to whoever did not know. */
function unitOf({ instancePath }: ErrorObject): string {
  const [, unit] = /(Ms|Ns|Bytes)(?:Max|Min)?$/.exec(instancePath) ?? [];
  return unit === undefined ? "" : `, in ${unit.toLowerCase()}`;
}
