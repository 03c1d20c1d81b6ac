// Takes in property values from outside: checks that they are JSON and of sane size, and copies them with sorted keys,
// so that what follows may trust shape, order and depth.
//
// The values may come from a hostile file or program. Depth is bounded before recursion can hurt, and the size is
// counted while copying, so a small object graph that repeats one part without end (2^32 leaves in 32 lists) stops early.

import { utf8Length } from "./bytes.ts";
import type { Diagnostics } from "./diagnostics.ts";
import { graphLimits } from "./limits.ts";
import { compareText, type PathStep, pathOf, quote, sortedKeys } from "./names.ts";
import type { PropValue } from "./types.ts";

export type Props = { readonly [name: string]: PropValue };

/** A plain object: neither a list nor an instance of some class. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** What a value is, in the reader's words: "a list", "the number 5". Text is not repeated, since it may be a secret. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  switch (typeof value) {
    case "object":
      return isRecord(value) ? "an object" : "an instance of a class";
    case "string":
      return `text of ${value.length} characters`;
    case "number":
    case "boolean":
      return `the ${typeof value} ${value}`;
    case "undefined":
      return "nothing";
    default:
      return `a ${typeof value}`;
  }
}

/** Copies one node's properties, or reports what is wrong with them below `at` and gives undefined. */
export function readProps(value: unknown, at: readonly PathStep[], diagnostics: Diagnostics): Props | undefined {
  if (!isRecord(value)) {
    diagnostics.report(
      "FF_GRAPH_SHAPE",
      pathOf(...at),
      () => `${describe(value)} given, an object of properties expected`,
    );
    return undefined;
  }
  const reader = new PropReader(at, diagnostics);
  const props = reader.readRecord(value, at, 1);
  return reader.failed ? undefined : props;
}

class PropReader {
  failed = false;
  readonly #root: readonly PathStep[];
  readonly #diagnostics: Diagnostics;
  #bytes = 0;

  constructor(root: readonly PathStep[], diagnostics: Diagnostics) {
    this.#root = root;
    this.#diagnostics = diagnostics;
  }

  readRecord(value: { readonly [key: string]: unknown }, at: readonly PathStep[], depth: number): Props {
    this.#spend(2);
    const copy: { [name: string]: PropValue } = {};
    for (const key of sortedKeys(value)) {
      const item = value[key];
      if (item === undefined) continue;
      if (this.#isOverBudget) break;
      if (key === "__proto__" || key.length > graphLimits.propNameCharsMax || !key.isWellFormed()) {
        this.#fail("FF_GRAPH_PROPERTY_NAME", at, () => propertyNameProblem(key));
        continue;
      }
      this.#spend(jsonBytes(key) + 2);
      copy[key] = this.#read(item, [...at, key], depth);
    }
    return copy;
  }

  #read(value: unknown, at: readonly PathStep[], depth: number): PropValue {
    switch (typeof value) {
      case "string":
        if (!value.isWellFormed())
          this.#fail("FF_GRAPH_SHAPE", at, () => "text with half a surrogate pair, Unicode expected");
        this.#spend(jsonBytes(value));
        return value;
      case "number":
        if (!Number.isFinite(value)) this.#fail("FF_GRAPH_SHAPE", at, () => `${value} given, a finite number expected`);
        this.#spend(String(value).length);
        return value === 0 ? 0 : value;
      case "boolean":
        this.#spend(5);
        return value;
      default:
        if (value === null) this.#spend(4);
        return value === null ? null : this.#readNested(value, at, depth);
    }
  }

  #readNested(value: unknown, at: readonly PathStep[], depth: number): PropValue {
    if (!Array.isArray(value) && !isRecord(value)) {
      this.#fail("FF_GRAPH_SHAPE", at, () => `${describe(value)} given, a JSON value expected`);
      return null;
    }
    if (depth >= graphLimits.propDepthMax) {
      this.#fail(
        "FF_GRAPH_LIMIT",
        at,
        () => `more than ${graphLimits.propDepthMax} levels of lists and objects, ${graphLimits.propDepthMax} allowed`,
      );
      return null;
    }
    if (!Array.isArray(value)) return this.readRecord(value, at, depth + 1);
    this.#spend(2);
    const copy: PropValue[] = [];
    for (const [index, item] of value.entries()) {
      if (this.#isOverBudget) break;
      this.#spend(1);
      copy.push(this.#read(item, [...at, index], depth + 1));
    }
    return copy;
  }

  get #isOverBudget(): boolean {
    return this.#bytes > graphLimits.propsBytesMax;
  }

  #spend(bytes: number): void {
    const wasOver = this.#isOverBudget;
    this.#bytes += bytes;
    if (this.#isOverBudget && !wasOver) {
      const allowed = graphLimits.propsBytesMax;
      this.#fail(
        "FF_GRAPH_LIMIT",
        this.#root,
        () => `more than ${allowed} bytes of properties as JSON, ${allowed} allowed`,
      );
    }
  }

  #fail(
    code: "FF_GRAPH_SHAPE" | "FF_GRAPH_LIMIT" | "FF_GRAPH_PROPERTY_NAME",
    at: readonly PathStep[],
    message: () => string,
  ): void {
    this.failed = true;
    this.#diagnostics.report(code, pathOf(...at), message);
  }
}

function propertyNameProblem(key: string): string {
  if (key === "__proto__") return "a property may not be called `__proto__`";
  if (!key.isWellFormed()) return `the property name ${quote(key)} holds half a surrogate pair`;
  return `a property name of ${key.length} characters, ${graphLimits.propNameCharsMax} allowed`;
}

const jsonBytes = (text: string): number => utf8Length(JSON.stringify(text));

/** Equality of values whose keys are sorted. */
export const sameValue = (a: PropValue, b: PropValue): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** The keys of either object, sorted. */
export const keysOfBoth = (a: object, b: object): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compareText);
