// What a Flow's state holds beside its inputs.

import type { FlowStatus, StateReport } from "@flowfusion/client";
import { unknownValue, type WireObject, type WireValue } from "../wire/values.ts";
import type { FlowPlan } from "./plan.ts";

/** The outputs that a Flow has beside its inputs; a test holds schema.json and the SDK to this list. */
export const flowOutputNames = ["digest", "graphDigest", "generation", "sizeBytes", "state", "swapPauseMs"] as const;

export type FlowOutputs = { readonly [Name in (typeof flowOutputNames)[number]]: WireValue };

const noState: StateReport = { kept: [], migrated: [], reset: [] };

/** What an up will bring, as far as it can be told. */
export function plannedOutputs(plan: FlowPlan | undefined): FlowOutputs {
  return {
    digest: plan?.digest ?? unknownValue,
    graphDigest: plan?.graphDigest ?? unknownValue,
    generation: unknownValue,
    sizeBytes: plan?.wasm.length ?? unknownValue,
    state: unknownValue,
    swapPauseMs: unknownValue,
  };
}

/** What a deploy brought. */
export function deployedOutputs(plan: FlowPlan, status: FlowStatus): FlowOutputs {
  const { pauseMs = 0, state = noState } = status.swap ?? {};
  return {
    digest: status.artefact,
    graphDigest: status.graphDigest,
    generation: status.generation,
    sizeBytes: plan.wasm.length,
    state: stateValue(state),
    swapPauseMs: pauseMs,
  };
}

/** What a gateway says of a flow; size and swap are known of the version that this stack deployed alone. */
export function readOutputs(state: WireObject, status: FlowStatus, sizeBytes: number): FlowOutputs {
  const isOurs = state.digest === status.artefact && state.generation === status.generation;
  return {
    digest: status.artefact,
    graphDigest: status.graphDigest,
    generation: status.generation,
    sizeBytes,
    state: isOurs && state.state !== undefined ? state.state : stateValue(noState),
    swapPauseMs: isOurs ? (state.swapPauseMs ?? 0) : 0,
  };
}

/** The outputs of a state, when there is nothing to deploy. */
export function keptOutputs(state: WireObject): WireObject {
  return Object.fromEntries(flowOutputNames.map((name) => [name, state[name] ?? null]));
}

function stateValue({ kept, migrated, reset }: StateReport): WireValue {
  return { kept: [...kept, ...migrated.map(({ node }) => node)], reset: reset.map(({ node, why }) => ({ node, why })) };
}
