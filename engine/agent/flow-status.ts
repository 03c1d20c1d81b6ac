// How a flow and its versions are shown: the recorded row, the graph of its artefact, and what the data plane says.

import {
  type Digest,
  FlowFusionError,
  type FlowStats,
  graphDocument,
  type StoredGraphs,
  type TrapCause,
  trapCauseTexts,
} from "@flowfusion/graph";
import type { CurrentRow, VersionRow } from "../store/flow-table.ts";
import type { ArtefactRow } from "../store/store.ts";
import type { RecoveryReport } from "./recovery.ts";
import type { FlowOptions, FlowStatus, FlowVersion, FlowVersionDetail, Problem } from "./schemas.ts";

const trapRemedies: { readonly [cause in TrapCause]: string } = {
  trap: "the dead letters tell on what",
  fuel: "raise fuelPerMessage, or let it do less for a message",
  stack: "the dead letters tell on what",
  outbox_overflow: "let it give out less for a message",
  invalid_emission: "mend its module",
  invalid_input: "the dead letters tell what",
};

/** What is known of a flow besides its row. */
interface Known {
  readonly artefact: ArtefactRow | undefined;
  /** The version that a stack knows. */
  readonly managed: (CurrentRow & { readonly graphDigest: Digest | undefined }) | undefined;
  /** Why it did not come up with the gateway, if it did not. */
  readonly startFailure: string | undefined;
  readonly recovery: RecoveryReport | undefined;
  readonly stats: FlowStats | undefined;
  /** It is being deleted. */
  readonly isStopping: boolean;
  /** While it is on trial. */
  readonly trialUntil: string | undefined;
}

export function describeFlow(row: CurrentRow, known: Known, graphs: StoredGraphs): FlowStatus {
  const { artefact, managed, recovery, trialUntil } = known;
  if (artefact === undefined) {
    throw new FlowFusionError(
      "FF_STORE_CORRUPT",
      `flow ${row.flow}: the store does not know its artefact ${row.artefact}`,
    );
  }
  return {
    name: row.flow,
    generation: row.generation,
    artefact: row.artefact,
    graphDigest: artefact.graphDigest,
    graph: graphDocument(graphs.read(artefact.graph)),
    options: JSON.parse(row.options) as FlowOptions,
    ...conditionOf(known),
    ...(trialUntil !== undefined && { trialUntil }),
    deployedAt: row.at,
    deployedBy: row.by,
    deployedVia: row.via,
    ...(row.resource !== undefined && { deployedFor: row.resource }),
    ...(managed && { managed: describeManaged(managed) }),
    ...(row.note !== undefined && { note: row.note }),
    ...(recovery && { recovery: describeRecovery(recovery) }),
  };
}

export function describeVersion(row: VersionRow): FlowVersion {
  return {
    generation: row.generation,
    action: row.action,
    ...(row.artefact === undefined ? {} : { artefact: row.artefact }),
    ...(row.rolledBackTo === undefined ? {} : { rolledBackTo: row.rolledBackTo }),
    options: JSON.parse(row.options) as FlowOptions,
    at: row.at,
    by: row.by,
    via: row.via,
    ...(row.resource !== undefined && { resource: row.resource }),
    ...(row.note !== undefined && { note: row.note }),
  };
}

export function describeVersionDetail(
  row: VersionRow,
  artefact: ArtefactRow | undefined,
  graphs: StoredGraphs,
): FlowVersionDetail {
  if (artefact === undefined) return describeVersion(row);
  const { graphDigest, sizeBytes } = artefact;
  return { ...describeVersion(row), graphDigest, sizeBytes, graph: graphs.read(artefact.graph) };
}

function describeManaged(managed: NonNullable<Known["managed"]>): NonNullable<FlowStatus["managed"]> {
  const { generation, artefact, graphDigest, at, by, resource } = managed;
  const known = { ...(graphDigest && { graphDigest }), at, by, ...(resource !== undefined && { resource }) };
  return { via: "pulumi", generation, artefact, ...known };
}

/** What a stale write is told of the version that it collided with. */
export function conflictOf(row: CurrentRow | undefined): Problem["current"] {
  return row === undefined ? undefined : { generation: row.generation, deployedAt: row.at, deployedBy: row.by };
}

function describeRecovery({ from, refused }: RecoveryReport): NonNullable<FlowStatus["recovery"]> {
  if (from === undefined) return { refused };
  const { savedAtMs, ...rest } = from;
  return { from: { ...rest, savedAt: new Date(savedAtMs).toISOString() }, refused };
}

function conditionOf({ startFailure, stats, isStopping }: Known): Pick<FlowStatus, "condition" | "reason"> {
  if (startFailure !== undefined) {
    return { condition: "broken", reason: startFailure };
  }
  if (stats === undefined && isStopping) {
    return { condition: "stopping", reason: "it is being deleted; its sinks send what they hold" };
  }
  if (stats === undefined) {
    return { condition: "broken", reason: "the data plane does not run it" };
  }
  if (stats.condition === "broken" && stats.lastTrap !== undefined) {
    const { node, cause } = stats.lastTrap;
    const who = node === "" ? "the flow itself" : `node ${node}`;
    return { condition: "broken", reason: `${who} ${trapCauseTexts[cause]}; ${trapRemedies[cause]}` };
  }
  return { condition: stats.condition };
}
