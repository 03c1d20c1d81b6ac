// A flow's place in a roll-out over several gateways, for what is said when it fails there. Nothing else hangs on it.

import { FlowFusionError } from "@flowfusion/graph";
import { isObject, reveal, type WireValue } from "../wire/values.ts";

export interface Rollout {
  readonly fleet: string;
  readonly gateway: string;
  /** From 1. */
  readonly wave: number;
  readonly waves: number;
  /** The gateways of the waves that follow. */
  readonly waiting: readonly string[];
}

/** Undefined where the flow is in no roll-out, or its place is not known. */
export function readRollout(given: WireValue | undefined): Rollout | undefined {
  const rollout = reveal(given ?? null);
  if (!isObject(rollout)) return undefined;
  const { fleet, gateway, wave, waves, waiting } = rollout;
  const isWhole =
    typeof fleet === "string" &&
    typeof gateway === "string" &&
    typeof wave === "number" &&
    typeof waves === "number" &&
    Array.isArray(waiting);
  return isWhole ? { fleet, gateway, wave, waves, waiting: waiting.map(String) } : undefined;
}

/** Does the work of a flow, and puts its place before what it fails with. */
export async function inRollout<T>(rollout: Rollout | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (rollout === undefined || !(error instanceof FlowFusionError)) throw error;
    const { code, message, diagnostics } = error;
    throw new FlowFusionError(code, stopped(rollout, message), { cause: error, diagnostics });
  }
}

export function stopped({ fleet, gateway, wave, waves, waiting }: Rollout, why: string): string {
  const place = `Wave ${wave} of ${waves} of fleet ${fleet}, gateway ${gateway}: ${why}`;
  return waiting.length === 0 ? place : `${place}\nThe roll-out stops here; not begun: ${waiting.join(", ")}.`;
}
