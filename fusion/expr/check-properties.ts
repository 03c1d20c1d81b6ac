// What is wrong with the expressions in a node's properties, found without the node's module and without compiling
// anything: an editor asks it as well as a gateway.

import type { ExpressionFault, ExpressionPlace, PropValue } from "@flowfusion/graph";
import { positionText } from "./syntax.ts";
import type { ValueType } from "./types.ts";
import { type Analysis, analyseExpression } from "./variants.ts";

type Props = { readonly [name: string]: PropValue };

/** What `result` of a manifest's `expressions` asks for. */
const resultTypes: Record<NonNullable<ExpressionPlace["result"]>, ValueType> = { boolean: "bool" };

export const analyseAt = ({ result }: ExpressionPlace, source: string): Analysis =>
  analyseExpression(source, result && resultTypes[result]);

/** Steps of a fault lead from the properties to the expression; its message begins with line and column in it. */
export function checkExpressions(place: ExpressionPlace, props: Props): ExpressionFault[] {
  return expressionsIn(props, place.property).flatMap((entry) => {
    if (entry === undefined) return [];
    return analyseAt(place, entry.source).problems.map(({ code, at, message }) => ({
      code,
      at: entry.at,
      message: `${positionText(entry.source, at)}: ${message}`,
    }));
  });
}

interface Entry {
  readonly source: string;
  readonly at: readonly (string | number)[];
}

/** The expressions by number. `cases[].expression` numbers them as the list `cases` does. */
export function expressionsIn(props: Props, property: string): (Entry | undefined)[] {
  const [name = "", member] = property.split("[].");
  const value = props[name];
  if (member === undefined) return [entryOf(value, [name])];
  if (!Array.isArray(value)) return [];
  return value.map((item: PropValue, index) => entryOf((item as Props | null)?.[member], [name, index, member]));
}

const entryOf = (value: PropValue | undefined, at: Entry["at"]): Entry | undefined =>
  typeof value === "string" ? { source: value, at } : undefined;
