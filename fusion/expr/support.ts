// The expressions of a module as the rest of the product meets them: `resolveGraph` asks whether those in a node's
// properties are good, and whoever runs or fuses a node takes the module with them compiled in. The manifest says which
// property holds them; nothing asks which node it is.

import type { ExpressionPlace, ModuleExpressions, NodeManifest } from "@flowfusion/graph";
import { analyseAt, checkExpressions, expressionsIn } from "./check-properties.ts";
import { specialise } from "./specialise.ts";

/** Compiled modules kept of one module; a flow seldom has as many different expressions. The oldest goes first. */
const compiledMax = 256;

function expressionSupport(wasm: Uint8Array, place: ExpressionPlace): ModuleExpressions {
  const compiled = new Map<string, Uint8Array>();
  return {
    check: (props) => checkExpressions(place, props),
    compile: (props) => {
      const entries = expressionsIn(props, place.property);
      const key = JSON.stringify(entries.map((entry) => entry?.source ?? null));
      const known = compiled.get(key);
      if (known !== undefined) return known;
      const module = specialise(
        wasm,
        entries.map((entry) => entry && analyseAt(place, entry.source).variants),
      );
      if (compiled.size >= compiledMax) compiled.delete(compiled.keys().next().value!);
      compiled.set(key, module);
      return module;
    },
  };
}

/** Adds the support to a module whose manifest names expressions. */
export function withExpressions<T extends { readonly manifest: NodeManifest; readonly wasm: Uint8Array }>(
  module: T,
): T & { readonly expressions?: ModuleExpressions } {
  const { expressions } = module.manifest;
  return expressions === undefined ? module : { ...module, expressions: expressionSupport(module.wasm, expressions) };
}
