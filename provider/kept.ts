// The life of what a gateway keeps under a name, such as a connection: made, changed and deleted in one request each, which
// is bound to the generation that the state knows. That request is not aborted once sent; when its answer is lost, the
// gateway is asked what became of it.

import { type ExpectedGeneration, GatewayError } from "@flowfusion/client";
import { FlowFusionError } from "@flowfusion/graph";

/** What a gateway says of anything that it keeps. */
export interface Kept {
  readonly generation: number;
  /** ISO 8601, UTC. */
  readonly changedAt: string;
  readonly changedBy: string;
}

/** One thing on one gateway. */
export interface Keeper<T extends Kept, Made extends Kept = T> {
  /** For texts: `connection "historian" at http://…`. */
  readonly what: string;
  /** What to import it with. */
  readonly importLine: string;
  /** Undefined only when the gateway itself says that there is none. */
  find(signal?: AbortSignal): Promise<T | undefined>;
  put(expected: ExpectedGeneration): Promise<Made>;
  remove(expected: number): Promise<void>;
  /** Whether it is as `put` leaves it, as far as can be seen. */
  isAsDeclared(found: T): boolean;
}

export async function create<T extends Kept, M extends Kept>(
  keeper: Keeper<T, M>,
  signal: AbortSignal,
): Promise<T | M> {
  const live = await keeper.find(signal);
  if (live !== undefined) {
    throw new FlowFusionError(
      "FF_PROVIDER_EXISTS",
      `There is a ${keeper.what} already, as ${live.changedBy} made it at ${live.changedAt}. ` +
        `Take it over with \`${keeper.importLine}\`, or give this one another name.`,
    );
  }
  return write(keeper, "absent", signal);
}

export async function update<T extends Kept, M extends Kept>(
  keeper: Keeper<T, M>,
  known: number,
  signal: AbortSignal,
): Promise<T | M> {
  const live = await keeper.find(signal);
  if (live?.generation !== known) throw changedMeanwhile(keeper, known, live);
  return write(keeper, known, signal);
}

/** What is gone already is no failure. */
export async function remove<T extends Kept, M extends Kept>(
  keeper: Keeper<T, M>,
  known: number,
  signal: AbortSignal,
): Promise<void> {
  // Looking first keeps a gateway that is down apart from an answer that got lost.
  const live = await keeper.find(signal);
  if (live === undefined) return;
  if (live.generation !== known) throw changedMeanwhile(keeper, known, live);
  signal.throwIfAborted();
  try {
    await keeper.remove(known);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "FF_API_NOT_FOUND") return;
    const isLost = error.code === "FF_GATEWAY_UNREACHABLE";
    if (!isLost && error.code !== "FF_API_PRECONDITION_FAILED") throw error;
    const live = await ask(keeper, error);
    if (live === undefined) return;
    throw isLost ? error : changedMeanwhile(keeper, known, live);
  }
}

async function write<T extends Kept, M extends Kept>(
  keeper: Keeper<T, M>,
  expected: ExpectedGeneration,
  signal: AbortSignal,
): Promise<T | M> {
  signal.throwIfAborted();
  try {
    return await keeper.put(expected);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "FF_API_PRECONDITION_FAILED") throw changedMeanwhile(keeper, expected, await keeper.find());
    if (error.code !== "FF_GATEWAY_UNREACHABLE") throw error;
    const live = await ask(keeper, error);
    const before = expected === "absent" ? 0 : expected;
    if (live !== undefined && live.generation > before && keeper.isAsDeclared(live)) return live;
    throw error;
  }
}

/** Looks what became of a write whose answer was lost. */
async function ask<T extends Kept, M extends Kept>(keeper: Keeper<T, M>, lost: GatewayError): Promise<T | undefined> {
  return keeper.find().catch((cause) => {
    throw new FlowFusionError(
      "FF_PROVIDER_OUTCOME_UNKNOWN",
      `The change of ${keeper.what} was sent, its answer was lost, and the gateway cannot be asked what became of it: ` +
        `${lost.message}. Run \`pulumi refresh\` when the gateway is back.`,
      { cause },
    );
  });
}

function changedMeanwhile<T extends Kept, M extends Kept>(
  { what }: Keeper<T, M>,
  known: ExpectedGeneration,
  live: T | undefined,
): FlowFusionError {
  const state = known === "absent" ? "was not there yet" : `was at generation ${known}`;
  const now =
    live === undefined
      ? "it is gone now"
      : `it is at generation ${live.generation} now, changed by ${live.changedBy} at ${live.changedAt}`;
  return new FlowFusionError(
    "FF_PROVIDER_CHANGED",
    `The ${what} changed since the stack last saw it: it ${state}, ${now}. ` +
      "Nothing was changed. Run `pulumi refresh` to see what is different, then decide.",
  );
}
