// What `pulumi preview --json` and `pulumi refresh --preview-only --json` say, reduced to flows, nodes and wires. Pure.

import { isDeepStrictEqual } from "node:util";
import { type FlowChange, readChangeText } from "@flowfusion/client";

export type Change = "create" | "update" | "delete" | "replace";

export interface PropertyChange {
  /** As Pulumi spells it: `props.value`, `wires["a.out -> b.in"]`. */
  readonly path: string;
  /** Absent on the side where there is none, or where it is not known yet. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface PartPlan {
  readonly kind: "node" | "wire";
  readonly name: string;
  readonly change: Change;
  readonly properties: readonly PropertyChange[];
}

export interface FlowPlan {
  readonly name: string;
  readonly change: Change;
  readonly parts: readonly PartPlan[];
  /** What changes of the flow itself, such as its options or its gateway; absent where nothing does. */
  readonly properties?: readonly PropertyChange[];
  /** For drift: who put in place what runs, and when; absent where nobody did, as when the flow is gone. */
  readonly changed?: FlowChange;
  /** What the provider has to say of it, such as the size of Flow.wasm and its behaviour on recorded updates. */
  readonly notes: readonly string[];
}

interface ResourceState {
  readonly inputs?: Record<string, unknown>;
  readonly viewOf?: string;
}

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: ResourceState;
  readonly newState?: ResourceState;
  readonly detailedDiff?: { readonly [path: string]: { readonly kind: string } } | null;
}

interface Document {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly { readonly urn?: string; readonly message: string; readonly severity: string }[];
}

const flowType = "flowfusion:index:Flow";
const partTypes = { "flowfusion:index:Node": "node", "flowfusion:index:Wire": "wire" } as const;

/** The flows that change, with the parts that do. */
export function readPlan(text: string): FlowPlan[] {
  const { steps = [], diagnostics = [] } = JSON.parse(text) as Document;
  const parts = steps.flatMap((step) => partOf(step));
  return steps
    .filter(({ urn }) => typeOf(urn) === flowType)
    .flatMap((step) => {
      const own = parts.filter(({ flow }) => flow === step.urn).map(({ part }) => part);
      const change = changeOf(step) ?? (own.length > 0 ? "update" : undefined);
      if (change === undefined) return [];
      const notes = diagnostics
        .filter(({ urn }) => urn === step.urn)
        .map(({ message }) => message.replace(/^warning: /, "").trimEnd());
      const changed = notes.map(readChangeText).find((told) => told !== undefined);
      const properties = propertiesOf(step).filter(({ path }) => !/^(nodes|wires)\b/.test(path));
      return {
        ...{ name: nameOf(step.urn), change, parts: own },
        ...(properties.length > 0 && { properties }),
        ...(changed && { changed }),
        notes,
      };
    });
}

function partOf(step: Step): { flow: string; part: PartPlan }[] {
  const kind = (partTypes as { readonly [type: string]: PartPlan["kind"] })[typeOf(step.urn)];
  const change = changeOf(step);
  const flow = step.newState?.viewOf ?? step.oldState?.viewOf;
  if (kind === undefined || change === undefined || flow === undefined) return [];
  const properties = propertiesOf(step);
  // The name is the flow's name, a slash and the part's.
  return [{ flow, part: { kind, change, properties, name: nameOf(step.urn).slice(nameOf(flow).length + 1) } }];
}

function propertiesOf({ detailedDiff, oldState, newState }: Step): PropertyChange[] {
  return Object.keys(detailedDiff ?? {}).map((path) => ({
    path,
    ...valueAt("before", oldState?.inputs, path),
    ...valueAt("after", newState?.inputs, path),
  }));
}

function changeOf({ op, oldState, newState, detailedDiff }: Step): Change | undefined {
  if (op === "create" || op === "import") return "create";
  if (op === "delete") return "delete";
  if (op.includes("replace")) return "replace";
  if (op === "update") return "update";
  if (op !== "refresh") return undefined;
  if (newState === undefined || newState === null) return "delete";
  if (oldState === undefined || oldState === null) return "create";
  if (detailedDiff && Object.keys(detailedDiff).length > 0) return "update";
  return isDeepStrictEqual(oldState.inputs, newState.inputs) ? undefined : "update";
}

function valueAt(side: "before" | "after", inputs: unknown, path: string): { before?: unknown; after?: unknown } {
  let value = inputs;
  for (const [, name, index, quoted] of path.matchAll(/([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/g)) {
    if (typeof value !== "object" || value === null) return {};
    value = (value as Record<string, unknown>)[name ?? index ?? quoted!];
  }
  return value === undefined ? {} : { [side]: value };
}

/** `urn:pulumi:stack::project::parent$type::name`. */
const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
