// How things are spelled: ids, wires, paths into a document. One order for all of them, by UTF-16 code unit, since
// it depends on neither locale nor machine.

import { FlowFusionError } from "./errors.ts";
import { graphLimits } from "./limits.ts";
import type { FlowName, NodeId, Wire } from "./types.ts";

const idPattern = /^[a-z][a-z0-9_-]{0,62}$/;
const wirePattern = /^([^.\s]{1,255})\.([^.\s]{1,255}?)\s{0,16}->\s{0,16}([^.\s]{1,255})\.([^.\s]{1,255})$/;
const plainKey = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export const idRule = `a lower-case letter, then up to ${graphLimits.idCharsMax - 1} of a-z, 0-9, _ and -`;

export const isNodeId = (text: string): text is NodeId => idPattern.test(text);
export const isFlowName = (text: string): text is FlowName => idPattern.test(text);
export const isPortName = (text: string): boolean => idPattern.test(text);

export function parseFlowName(text: string): FlowName {
  if (isFlowName(text)) return text;
  const message = `${quote(text)} is no flow name: use ${idRule}`;
  throw new FlowFusionError("FF_GRAPH_BAD_ID", message, {
    diagnostics: [{ code: "FF_GRAPH_BAD_ID", path: "name", message }],
  });
}

/** The written form of a wire, `a.out -> b.in`; wires are sorted and compared by it. */
export const wireKey = (wire: Wire): string => `${wire.source}.${wire.sourcePort} -> ${wire.target}.${wire.targetPort}`;

/** Splits `a.out -> b.in`. Its parts are not checked: they may name what does not exist, or be no ids at all. */
export function splitWire(text: string): readonly [string, string, string, string] | undefined {
  const parts = wirePattern.exec(text.trim());
  if (parts === null) return undefined;
  return [parts[1]!, parts[2]!, parts[3]!, parts[4]!];
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const sortedKeys = (value: object): string[] => Object.keys(value).sort(compareText);

export type PathStep = string | number;

/** Characters of one step that a path shows; the longest wire of valid names has 259. */
const stepCharsMax = 300;

/** Spells a place in a document: `nodes.hot.props.cases[1].value`, `wires["a.out -> b.in"]`. */
export function pathOf(...steps: readonly PathStep[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    if (step.length > stepCharsMax || !plainKey.test(step)) return `${path}[${quote(step, stepCharsMax)}]`;
    return path === "" ? step : `${path}.${step}`;
  }, "");
}

/** Reads what `pathOf` spelled; steps that it cut short stay so. */
export function splitPath(path: string): PathStep[] {
  return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, plain]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? plain! : (JSON.parse(quoted) as string);
  });
}

/** Text from outside, made safe to print: quoted, control characters escaped, cut when long. */
export const quote = (text: string, charsMax = 80): string =>
  JSON.stringify(text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text);
