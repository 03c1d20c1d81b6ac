// Checks a configuration against its schema and fills in the defaults. All problems are told at once, each with its path,
// and with what was given beside what is allowed; text is not repeated, since it may be a secret.

import type { Schema, SchemaKeywords } from "./schema.ts";

export interface ConfigProblem {
  /** From the configuration's top: `groups[0].tags[2].address`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export type Checked<Value> =
  | { readonly problems: readonly []; readonly value: Value }
  | { readonly problems: readonly [ConfigProblem, ...ConfigProblem[]]; readonly value?: undefined };

/** A document with more than this many problems is not what it is meant to be; the rest is not told. */
const problemsMax = 50;

export function checkConfig<Value>(schema: Schema<Value>, given: unknown): Checked<Value> {
  const checker = new Checker();
  const value = checker.check(schema, given, "");
  const [first, ...others] = checker.problems;
  return first === undefined ? { problems: [], value: value as Value } : { problems: [first, ...others] };
}

class Checker {
  readonly problems: ConfigProblem[] = [];

  check(schema: SchemaKeywords, given: unknown, path: string): unknown {
    if (schema.oneOf !== undefined) return this.#either(schema.oneOf, given, path);
    if (schema.const !== undefined) {
      if (given !== schema.const) this.#report(path, `${describe(given)} given, ${quote(schema.const)} expected`);
      return given;
    }
    switch (schema.type) {
      case "object":
        return this.#object(schema, given, path);
      case "array":
        return this.#list(schema, given, path);
      case "string":
        return this.#text(schema, given, path);
      case "boolean":
        if (typeof given !== "boolean") this.#report(path, `${describe(given)} given, true or false expected`);
        return given;
      default:
        return this.#number(schema, given, path);
    }
  }

  #object({ properties = {}, required = [] }: SchemaKeywords, given: unknown, path: string): unknown {
    if (!isRecord(given)) {
      this.#report(path, `${describe(given)} given, an object expected`);
      return given;
    }
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(properties, name)) {
        this.#report(step(path, name), `not known; known are ${Object.keys(properties).join(", ")}`);
      }
    }
    for (const name of required) if (given[name] === undefined) this.#report(step(path, name), "missing");
    const entries = Object.entries(properties).flatMap(([name, schema]): [string, unknown][] => {
      const value = given[name] ?? schema.default;
      return value === undefined ? [] : [[name, this.check(schema, value, step(path, name))]];
    });
    return Object.fromEntries(entries);
  }

  #list(
    { items = {}, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: SchemaKeywords,
    given: unknown,
    path: string,
  ) {
    if (!Array.isArray(given)) {
      this.#report(path, `${describe(given)} given, a list expected`);
      return given;
    }
    if (given.length < minItems || given.length > maxItems) {
      this.#report(path, `a list of ${given.length} given, ${minItems} to ${maxItems} allowed`);
      return given;
    }
    return given.map((item, index) => this.check(items, item, `${path}[${index}]`));
  }

  #text({ enum: choices, minLength = 0, maxLength = 0, pattern }: SchemaKeywords, given: unknown, path: string) {
    if (typeof given !== "string") {
      this.#report(path, `${describe(given)} given, text expected`);
    } else if (choices !== undefined) {
      if (!choices.includes(given)) this.#report(path, `one of ${choices.map(quote).join(", ")} expected`);
    } else if (given.length < minLength || given.length > maxLength) {
      this.#report(path, `text of ${given.length} characters given, ${minLength} to ${maxLength} allowed`);
    } else if (pattern !== undefined && !new RegExp(pattern, "u").test(given)) {
      this.#report(path, `does not match ${pattern}`);
    }
    return given;
  }

  #number({ type, minimum, maximum }: SchemaKeywords, given: unknown, path: string): unknown {
    const kind = type === "integer" ? "a whole number" : "a number";
    if (typeof given !== "number" || !Number.isFinite(given) || (type === "integer" && !Number.isInteger(given))) {
      this.#report(path, `${describe(given)} given, ${kind} expected${path.endsWith("Ms") ? ", in ms" : ""}`);
    } else if (given < (minimum ?? given) || given > (maximum ?? given)) {
      this.#report(path, `${given} given, ${minimum ?? "anything"} to ${maximum ?? "anything"} allowed`);
    }
    return given;
  }

  /** The shape is chosen by the property that is fixed in each, so that its problems alone are told. */
  #either(shapes: readonly SchemaKeywords[], given: unknown, path: string): unknown {
    const key = Object.entries(shapes[0]?.properties ?? {}).find(([, { const: value }]) => value !== undefined)?.[0];
    if (key === undefined) throw new Error("shapes to choose from have no fixed property");
    if (!isRecord(given)) {
      this.#report(path, `${describe(given)} given, an object expected`);
      return given;
    }
    const shape = shapes.find(({ properties }) => properties?.[key]?.const === given[key]);
    if (shape === undefined) {
      const names = shapes.map(({ properties }) => quote(properties?.[key]?.const ?? ""));
      this.#report(step(path, key), `one of ${names.join(", ")} expected`);
      return given;
    }
    return this.check(shape, given, path);
  }

  #report(path: string, message: string): void {
    if (this.problems.length < problemsMax) this.problems.push({ path, message });
  }
}

const step = (path: string, name: string): string => {
  const shown = /^[A-Za-z_]\w{0,63}$/.test(name) ? name : quote(name.slice(0, 64));
  return path === "" ? shown : `${path}.${shown}`;
};

const quote = (text: string): string => JSON.stringify(text);

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  switch (typeof value) {
    case "string":
      return `text of ${value.length} characters`;
    case "object":
      return "an object";
    default:
      return String(value);
  }
}
