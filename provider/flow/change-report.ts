// What a preview says of a change beside the rows: size and digest, what the flow can reach then, what becomes of state, and
// what the change would have done with recorded updates.

import type { StateReport } from "@flowfusion/client";
import { type CanonicalGraph, capabilitiesOf, diffCapabilities } from "@flowfusion/graph";
import type { WireObject } from "../wire/values.ts";
import { describeBehaviour } from "./behaviour.ts";
import { dryRun, keptLine } from "./dry-run.ts";
import type { FlowInputs } from "./inputs.ts";
import type { FlowOperation } from "./operation.ts";
import { type FlowPlan, kilobytes, resolveKnown } from "./plan.ts";
import type { Target } from "./target.ts";

export interface PlannedChange {
  readonly plan: FlowPlan;
  readonly news: FlowInputs;
  readonly before: FlowInputs;
  /** The state as Pulumi has it. */
  readonly state: WireObject;
  /** Where the flow runs that is changed; absent where it moves, or where that is not known yet. */
  readonly runs: Target | undefined;
}

export async function tellChange(change: PlannedChange, operation: FlowOperation): Promise<void> {
  const { plan, news, before, state, runs } = change;
  if (runs) operation.report("asking the gateway");
  const outcome = runs && (await dryRun(runs, plan, news, operation));
  const isTaken = outcome !== undefined && "state" in outcome;
  const graphBefore = await resolveKnown(before, news, operation.shelf);
  const { reset } = isTaken ? outcome.state : await knownImpact(graphBefore, plan);
  if (reset.length > 0) {
    operation.warn(`State that this change loses: ${reset.map(({ node, why }) => `${node} (${why})`).join(", ")}.`);
  }
  if (outcome && "refusal" in outcome) operation.warn(`The gateway would refuse this change: ${outcome.refusal}`);
  const isOtherModule = plan.digest !== state.digest;
  if (outcome && "unasked" in outcome)
    operation.warn(`The gateway could not be asked what it makes of this: ${outcome.unasked}`);
  const lines = [
    isOtherModule ? sizeChange(plan, state) : "",
    graphBefore === undefined ? "" : reachChange(graphBefore, plan.graph),
    outcome && "awaited" in outcome ? awaitedLine(outcome.awaited) : "",
    isTaken ? keptLine(outcome.state, outcome.stateBytes) : "",
    isOtherModule && runs ? await behaviour(runs, plan, news, operation) : "",
  ].filter((line) => line !== "");
  if (lines.length > 0) operation.tell(lines.join("\n"));
}

/** What a flow that is new can reach. */
export function tellCreation(plan: FlowPlan, operation: FlowOperation): void {
  const lines = capabilitiesOf(plan.graph).map(({ kind, what }) => `\n  ${kind} ${what}`);
  operation.tell(`Flow.wasm ${kilobytes(plan.wasm.length)} ${shortDigest(plan.digest)}${lines.join("")}`);
}

function awaitedLine(connections: readonly string[]): string {
  const [what, them] = connections.length === 1 ? ["connection", "it"] : ["connections", "them"];
  return `The gateway can try this change once it has the ${what} ${connections.join(", ")}: this up makes ${them} first.`;
}

/** As far as the two programs tell. */
async function knownImpact(before: CanonicalGraph | undefined, { graph }: FlowPlan): Promise<StateReport> {
  const { stateImpact } = await import("@flowfusion/fusion");
  return stateImpact(before, graph);
}

/** The tags, hosts, connections, topics and files that come or go; empty when there are none. */
function reachChange(before: CanonicalGraph, after: CanonicalGraph): string {
  const { gained, lost } = diffCapabilities(before, after);
  const lines = [
    ...gained.map(({ kind, what }) => `\n  + ${kind} ${what}`),
    ...lost.map(({ kind, what }) => `\n  - ${kind} ${what}`),
  ];
  return lines.length === 0 ? "" : `What it can reach changes:${lines.join("")}`;
}

/** Compares with what runs; empty where there is nothing to compare with. */
async function behaviour(
  { client, name }: NonNullable<PlannedChange["runs"]>,
  plan: FlowPlan,
  news: FlowInputs,
  { report, signal }: FlowOperation,
): Promise<string> {
  if (news.behaviour.updates === 0) return "";
  report("comparing on recorded updates");
  const clock = { nowMs: () => performance.now(), signal };
  return (await describeBehaviour(client, name, plan, news.behaviour, clock)) ?? "";
}

/** `Flow.wasm 47.9 kB 50a2a697f69f → 48.1 kB ea19e288d1a5` */
function sizeChange({ wasm, digest }: FlowPlan, state: WireObject): string {
  const before =
    typeof state.sizeBytes === "number" ? `${kilobytes(state.sizeBytes)} ${shortDigest(String(state.digest))} → ` : "";
  return `Flow.wasm ${before}${kilobytes(wasm.length)} ${shortDigest(digest)}`;
}

const shortDigest = (digest: string): string => digest.slice("sha256:".length, "sha256:".length + 12);
