// The expressions of a module as the rest of the product meets them: `resolveGraph` asks whether those in a node's
// properties are good, and whoever runs or fuses a node takes the module with them compiled in. The manifest says which
// property holds them; nothing asks which node it is.

import type { ExpressionPlace, ModuleExpressions, NodeManifest, PropValue } from "@flowfusion/graph";
import { specialise } from "./specialise.ts";
import { positionText } from "./syntax.ts";
import type { ValueType } from "./types.ts";
import { type Analysis, analyseExpression } from "./variants.ts";

type Props = { readonly [name: string]: PropValue };

/** What `result` of a manifest's `expressions` asks for. */
const resultTypes: Record<NonNullable<ExpressionPlace["result"]>, ValueType> = { boolean: "bool" };

/** Compiled modules kept of one module; a flow seldom has as many different expressions. The oldest goes first. */
const compiledMax = 256;

function expressionSupport(wasm: Uint8Array, { property, result }: ExpressionPlace): ModuleExpressions {
  const analyse = (source: string): Analysis => analyseExpression(source, result && resultTypes[result]);
  const compiled = new Map<string, Uint8Array>();
  return {
    check: (props) =>
      expressionsIn(props, property).flatMap((entry) => {
        if (entry === undefined) return [];
        return analyse(entry.source).problems.map(({ code, at, message }) => ({
          code,
          at: entry.at,
          message: `${positionText(entry.source, at)}: ${message}`,
        }));
      }),
    compile: (props) => {
      const entries = expressionsIn(props, property);
      const key = JSON.stringify(entries.map((entry) => entry?.source ?? null));
      const known = compiled.get(key);
      if (known !== undefined) return known;
      const module = specialise(
        wasm,
        entries.map((entry) => entry && analyse(entry.source).variants),
      );
      if (compiled.size >= compiledMax) compiled.delete(compiled.keys().next().value!);
      compiled.set(key, module);
      return module;
    },
  };
}

interface Entry {
  readonly source: string;
  readonly at: readonly (string | number)[];
}

/** The expressions by number. `cases[].expression` numbers them as the list `cases` does. */
function expressionsIn(props: Props, property: string): (Entry | undefined)[] {
  const [name = "", member] = property.split("[].");
  const value = props[name];
  if (member === undefined) return [entryOf(value, [name])];
  if (!Array.isArray(value)) return [];
  return value.map((item: PropValue, index) => entryOf((item as Props | null)?.[member], [name, index, member]));
}

const entryOf = (value: PropValue | undefined, at: Entry["at"]): Entry | undefined =>
  typeof value === "string" ? { source: value, at } : undefined;

/** Adds the support to a module whose manifest names expressions. */
export function withExpressions<T extends { readonly manifest: NodeManifest; readonly wasm: Uint8Array }>(
  module: T,
): T & { readonly expressions?: ModuleExpressions } {
  const { expressions } = module.manifest;
  return expressions === undefined ? module : { ...module, expressions: expressionSupport(module.wasm, expressions) };
}
