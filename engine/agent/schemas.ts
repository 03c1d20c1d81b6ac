// The shapes of the control API as JSON Schema: what requests are checked against and what the OpenAPI document shows.
// The client describes the same shapes as plain types; schemas.test.ts holds the two equal.

import type { CanonicalGraph, Diagnostic, Digest, FlowName, GraphDocument, MessageDocument } from "@flowfusion/graph";
import type { Static, TSchema, TSchemaOptions } from "typebox";
import * as Type from "typebox";
import { vias } from "../store/flow-table.ts";
import { Cause, Count, closed, Instant } from "./basic-schemas.ts";
import { Storage } from "./storage-schema.ts";

export const DigestText = Type.Unsafe<Digest>(
  Type.String({ pattern: "^sha256:[0-9a-f]{64}$", description: "`sha256:` and 64 lower-case hexadecimal digits." }),
);
export const FlowNameText = Type.Unsafe<FlowName>(
  Type.String({ pattern: "^[a-z][a-z0-9_-]{0,62}$", description: "The name of a flow on this gateway." }),
);
/** An array that is typed readonly, as all our data is. */
export const List = <Item extends TSchema>(item: Item, options?: TSchemaOptions) =>
  Type.Unsafe<readonly Static<Item>[]>(Type.Array(item, options));

export const Generation = Type.Integer({ minimum: 1 });
export const Condition = Type.Union([Type.Literal("running"), Type.Literal("restarting"), Type.Literal("broken")], {
  description: "`broken`: the flow did not start, or its circuit breaker is open.",
});

export const Mode = Type.Union([Type.Literal("fused"), Type.Literal("development")]);

const FlowLimitsRequest = Type.Object(
  {
    fuelPerMessage: Type.Optional(Type.Integer({ minimum: 1 })),
    fuelBurst: Type.Optional(Type.Integer({ minimum: 1 })),
    maxPagesPerMemory: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { ...closed, description: "Each at most what the gateway grants, see GET /v1/gateway." },
);
const HealthThresholds = Type.Object(
  {
    trapsMax: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: "Traps beyond those before." })),
    droppedShareMax: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: 0.01,
        description: "Share of messages dropped beyond that before.",
      }),
    ),
    outputRatioMin: Type.Optional(
      Type.Number({
        minimum: 0,
        default: 0,
        description: "Messages out, as a share of what would have come before; 0: not judged, only told.",
      }),
    ),
    latencyFactorMax: Type.Optional(
      Type.Number({ minimum: 1, default: 5, description: "Median time of a call, as a multiple of that before." }),
    ),
  },
  { ...closed, description: "By how much a new version may be worse than the one before." },
);
export const FlowOptions = Type.Object(
  {
    limits: Type.Optional(FlowLimitsRequest),
    development: Type.Optional(
      Type.Boolean({ description: "Node by node, each message traced; the gateway must have the nodes' modules." }),
    ),
    healthGateMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 600_000,
        description: "How long a new version is on trial; 0 for not at all. The gateway's own when absent.",
      }),
    ),
    healthThresholds: Type.Optional(HealthThresholds),
  },
  closed,
);
export type FlowOptions = Static<typeof FlowOptions>;

const Swap = Type.Object({
  pauseMs: Type.Number({ description: "The longest time during which the flow took no input." }),
  stateBytes: Count,
  state: Type.Object({
    kept: List(Type.String()),
    migrated: List(Type.Object({ node: Type.String(), fromVersion: Count, toVersion: Count })),
    reset: List(Type.Object({ node: Type.String(), why: Type.String() })),
  }),
});

const Graph = Type.Unsafe<GraphDocument>(
  Type.Object(
    {
      nodes: Type.Record(
        Type.String(),
        Type.Object({ type: Type.String(), props: Type.Record(Type.String(), Type.Unknown()) }),
      ),
      wires: Type.Record(Type.String(), Type.Object({})),
    },
    { description: "The authored form of the graph, every property explicit." },
  ),
);

const Recovery = Type.Object(
  {
    from: Type.Optional(
      Type.Object(
        { sequence: Count, generation: Generation, artefact: DigestText, savedAt: Instant, stateBytes: Count },
        { description: "The checkpoint that it began with; absent when it began without state." },
      ),
    ),
    refused: List(Type.Object({ file: Type.String(), why: Type.String() }), {
      description: "Checkpoints that were damaged, and are in quarantine, or that the flow refused.",
    }),
  },
  { description: "What the flow began with when the gateway started; absent when there was no checkpoint." },
);

const Via = Type.Enum(vias, {
  description: "What it was put in place with, as the caller says; `gateway`: the health gate went back to it.",
});

const ResourceText = Type.String({
  maxLength: 2048,
  description: "The resource of a program that it was put in place for, as the caller says: the URN of Pulumi.",
});

const Managed = Type.Object(
  {
    via: Type.Literal("pulumi"),
    generation: Generation,
    artefact: DigestText,
    graphDigest: Type.Optional(DigestText),
    at: Instant,
    by: Type.String(),
    resource: Type.Optional(ResourceText),
  },
  { description: "The last version of a Pulumi program; where it is not the one that runs, the flow has drifted." },
);

export const FlowStatus = Type.Object({
  name: FlowNameText,
  generation: Generation,
  artefact: DigestText,
  graphDigest: DigestText,
  graph: Graph,
  options: FlowOptions,
  condition: Type.Union([...Condition.anyOf, Type.Literal("stopping")], {
    description: "`stopping`: the flow is being deleted, and its sinks send what they hold.",
  }),
  reason: Type.Optional(Type.String({ description: "Why the flow is broken, or stopping." })),
  trialUntil: Type.Optional(
    Type.String({ description: "While on trial: when that ends, unless the machine stands still. ISO 8601, UTC." }),
  ),
  deployedAt: Instant,
  deployedBy: Type.String(),
  deployedVia: Via,
  deployedFor: Type.Optional(ResourceText),
  managed: Type.Optional(Managed),
  recovery: Type.Optional(Recovery),
  note: Type.Optional(Type.String({ description: "Why the gateway itself rolled back to this version." })),
  swap: Type.Optional(Swap),
  deployment: Type.Optional(Type.String({ description: "Follow it at /v1/deployments/{id}." })),
});
export type FlowStatus = Static<typeof FlowStatus>;

export const FlowVersion = Type.Object({
  generation: Generation,
  action: Type.Union([Type.Literal("deploy"), Type.Literal("rollback"), Type.Literal("delete")]),
  artefact: Type.Optional(DigestText),
  rolledBackTo: Type.Optional(Generation),
  options: FlowOptions,
  at: Instant,
  by: Type.String(),
  via: Via,
  resource: Type.Optional(ResourceText),
  note: Type.Optional(Type.String({ description: "Why the gateway itself rolled back." })),
});
export type FlowVersion = Static<typeof FlowVersion>;

export const FlowVersionDetail = Type.Object({
  ...FlowVersion.properties,
  graphDigest: Type.Optional(DigestText),
  sizeBytes: Type.Optional(Count),
  graph: Type.Optional(
    Type.Unsafe<CanonicalGraph>(
      Type.Object(
        {
          nodes: Type.Array(
            Type.Object({ id: Type.String(), type: Type.String(), module: DigestText, props: Type.Object({}) }),
          ),
          wires: Type.Array(
            Type.Object({
              ...{ source: Type.String(), sourcePort: Type.String() },
              ...{ target: Type.String(), targetPort: Type.String() },
            }),
          ),
        },
        { description: "In canonical form: what is compared, and digested. Absent when its artefact is kept no more." },
      ),
    ),
  ),
});
export type FlowVersionDetail = Static<typeof FlowVersionDetail>;

export const next = Type.Optional(Type.String({ description: "Give as `after` for the page that follows." }));
export const FlowPage = Type.Object({ items: List(FlowStatus), next });
export type FlowPage = Static<typeof FlowPage>;
export const VersionPage = Type.Object({ items: List(FlowVersion), next });
export type VersionPage = Static<typeof VersionPage>;

export const PageQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    after: Type.Optional(Type.String({ maxLength: 64, description: "The `next` of the page before." })),
  },
  closed,
);
export type PageQuery = Static<typeof PageQuery>;

export const DeployBody = Type.Object(
  { artefact: DigestText, options: Type.Optional(FlowOptions), resource: Type.Optional(ResourceText) },
  closed,
);
const RollbackGeneration = Type.Integer({
  minimum: 1,
  description:
    "Absent: the version before the one that runs, and where that was gone back to, the one before what it was then.",
});
export const RollbackBody = Type.Object({ generation: Type.Optional(RollbackGeneration) }, closed);

export const ArtefactInfo = Type.Object({ digest: DigestText, sizeBytes: Count, graphDigest: DigestText });
export type ArtefactInfo = Static<typeof ArtefactInfo>;

export const ReleaseBundle = Type.Object(
  {
    payloadType: Type.String({ maxLength: 100 }),
    payload: Type.String({ description: "Base64 of an in-toto statement.", maxLength: 16_384 }),
    signatures: List(
      Type.Object({ keyid: Type.String({ maxLength: 200 }), sig: Type.String({ maxLength: 200 }) }, closed),
    ),
  },
  { ...closed, description: "A DSSE envelope, as `flowfusion release sign` writes it." },
);
export const ReleaseInfo = Type.Object({
  flow: FlowNameText,
  release: Generation,
  publisher: Type.String({ description: "The id of the key that signed." }),
});
export type ReleaseInfo = Static<typeof ReleaseInfo>;

const IngestStats = Type.Object({
  connections: Count,
  frames: Count,
  bytes: Count,
  tags: Count,
  unrouted: Type.Integer({ minimum: 0, description: "Updates that no flow subscribes to." }),
  refused: Type.Record(Type.String(), Count, { description: "Frames refused, by cause." }),
});

export const FlowStats = Type.Object({
  name: FlowNameText,
  digest: DigestText,
  condition: Condition,
  mode: Mode,
  developmentEndsAtMs: Type.Optional(Type.Number()),
  retryInMs: Type.Optional(Type.Number({ description: "While the circuit breaker is open." })),
  input: Type.Object(
    {
      queued: Count,
      queuedBytes: Count,
      dropped: Type.Record(Type.String(), Count, { description: "By cause." }),
    },
    { description: "Messages that wait for the flow, and those that never entered it." },
  ),
  messagesIn: Count,
  messagesOut: Count,
  dropped: Type.Integer({
    minimum: 0,
    description:
      "Messages lost since the flow was started, at its input, at its breaker and at its sinks, those that it has no more included.",
  }),
  droppedByBreaker: Type.Integer({ minimum: 0, description: "Input dropped while the circuit breaker was open." }),
  traps: Count,
  restarts: Count,
  deadLetters: Type.Integer({ minimum: 0, description: "Since the gateway's start." }),
  deadLettersKept: Type.Integer({ minimum: 0, description: "To be looked at and replayed; of earlier starts too." }),
  deadLetterError: Type.Optional(
    Type.String({ description: "Why dead letters are kept in memory alone, while that is so." }),
  ),
  lastTrap: Type.Optional(Type.Object({ node: Type.String(), cause: Cause, atMs: Type.Number() })),
  checkpoint: Type.Optional(
    Type.Object(
      { sequence: Count, savedAtMs: Count, stateBytes: Count },
      { description: "The newest on disk that this gateway wrote or began from." },
    ),
  ),
  checkpointFailures: Type.Integer({ minimum: 0, description: "Checkpoints that could not be written." }),
  checkpointError: Type.Optional(Type.String({ description: "Why the last could not be written, while that is so." })),
  executeP50Us: Type.Number(),
  executeP99Us: Type.Number(),
  nodes: List(
    Type.Object({
      node: Type.String(),
      messagesIn: Count,
      messagesOut: List(Count, { description: "By output port." }),
      traps: Count,
      profiled: Type.Optional(
        Type.Object(
          { messages: Count, fuel: Count },
          { description: "Of calls that were profiled: messages, and units of fuel that the node's own code used." },
        ),
      ),
    }),
  ),
  sinks: List(
    Type.Object({
      node: Type.String(),
      kind: Type.String(),
      queued: Type.Integer({ minimum: 0, description: "Messages that wait, in memory and on disk." }),
      queuedBytes: Type.Integer({ minimum: 0, description: "Bytes of those in memory." }),
      diskBytes: Type.Integer({ minimum: 0, description: "Bytes of the files on disk in which any wait." }),
      diskBytesMax: Type.Integer({ minimum: 0, description: "What they may take; 0: nothing goes to disk." }),
      sent: Count,
      recovered: Type.Integer({ minimum: 0, description: "Messages of an earlier start that were found on disk." }),
      dropped: Type.Record(Type.String(), Count, { description: "By cause." }),
      lastError: Type.Optional(Type.String()),
      failingMs: Type.Optional(
        Type.Integer({ minimum: 0, description: "How long sending has failed by now; absent while it goes through." }),
      ),
    }),
  ),
});

export const StatsPage = Type.Object({ items: List(FlowStats), next });
export type StatsPage = Static<typeof StatsPage>;

export const GatewayInfo = Type.Object({
  id: Type.String({ description: "Drawn when the data folder was made." }),
  version: Type.String(),
  startedAt: Instant,
  addresses: List(Type.String(), { description: "Where drivers push tag updates to." }),
  flows: Count,
  limits: Type.Object({
    artefactBytesMax: Count,
    fuelPerMessage: Count,
    fuelBurst: Count,
    maxPagesPerMemory: Count,
  }),
  ingest: IngestStats,
  socketToSinkQueueP50Us: Type.Number(),
  socketToSinkQueueP99Us: Type.Number(),
  rssBytes: Count,
  storage: Storage,
  certificate: Type.Optional(
    Type.Object(
      { validFrom: Instant, validTo: Instant },
      { description: "Validity of the certificate that the API serves; absent without TLS." },
    ),
  ),
});
export type GatewayInfo = Static<typeof GatewayInfo>;

export const RecorderStats = Type.Object({
  bytes: Count,
  bytesMax: Count,
  batches: Count,
  skipped: Type.Integer({ minimum: 0, description: "Batches too large to record." }),
});
export type RecorderStats = Static<typeof RecorderStats>;

export const RecordingQuery = Type.Object(
  {
    updates: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: "The newest so many; 10,000 when absent." }),
    ),
    tag: Type.Optional(List(Type.String(), { description: "Only tags that match one of these patterns." })),
    flow: Type.Optional(FlowNameText),
  },
  { ...closed, description: "`flow`: only tags that this flow subscribes to." },
);

const DeployStep = Type.Union(
  [Type.Literal("read"), Type.Literal("meter"), Type.Literal("swap"), Type.Literal("commit"), Type.Literal("health")],
  { description: "The step of a deploy that failed." },
);
export type DeployStep = Static<typeof DeployStep>;

export const DryRun = Type.Object({
  artefact: DigestText,
  graphDigest: DigestText,
  generation: Type.Optional(Generation),
  pauseMs: Type.Number({ description: "How long the flow would take no input, as far as one try tells." }),
  stateBytes: Count,
  state: Swap.properties.state,
});
export type DryRun = Static<typeof DryRun>;

const DeploymentPhase = Type.Union([
  Type.Literal("deploying"),
  Type.Literal("on_trial"),
  Type.Literal("healthy"),
  Type.Literal("rolled_back"),
  Type.Literal("superseded"),
  Type.Literal("interrupted"),
  Type.Literal("failed"),
]);
export type DeploymentPhase = Static<typeof DeploymentPhase>;
export const DeploymentEvent = Type.Object({
  ...{ number: Count, at: Instant },
  phase: DeploymentPhase,
  text: Type.String(),
  generation: Type.Optional(Generation),
  swap: Type.Optional(Swap),
  code: Type.Optional(Type.String()),
  step: Type.Optional(DeployStep),
  trialMs: Type.Optional(Type.Integer({ minimum: 0, description: "With on_trial: how long the trial takes." })),
});
export type DeploymentEvent = Static<typeof DeploymentEvent>;
export const Deployment = Type.Object({
  id: Type.String(),
  flow: FlowNameText,
  action: Type.Union([Type.Literal("deploy"), Type.Literal("rollback")]),
  artefact: Type.Optional(DigestText),
  by: Type.String(),
  via: Via,
  phase: DeploymentPhase,
  events: List(DeploymentEvent),
});
export type Deployment = Static<typeof Deployment>;
export const DeploymentPage = Type.Object({ items: List(Deployment), next });

export const Message = Type.Unsafe<MessageDocument>(
  Type.Object({
    topic: Type.String(),
    timestamp: Instant,
    quality: Type.Union([Type.Literal("good"), Type.Literal("uncertain"), Type.Literal("bad")]),
    value: Type.Union([Type.Null(), Type.Boolean(), Type.Number(), Type.String()]),
  }),
);

export const Development = Type.Object({ mode: Mode, endsAt: Type.Optional(Instant), traced: Count });
export type Development = Static<typeof Development>;
export const DevelopmentBody = Type.Object(
  {
    forMs: Type.Optional(
      Type.Integer({ minimum: 1_000, maximum: 86_400_000, default: 600_000, description: "Then it ends by itself." }),
    ),
  },
  closed,
);

export const TraceStep = Type.Object({
  id: Count,
  reading: Count,
  at: Instant,
  depth: Count,
  node: Type.String(),
  type: Type.String(),
  input: Type.String(),
  message: Type.Optional(Message),
  tickAt: Type.Optional(Instant),
  ns: Type.Number(),
  fuel: Type.Number(),
  emissions: List(Type.Object({ output: Type.String(), message: Message })),
  trap: Type.Optional(Cause),
});
export type TraceStep = Static<typeof TraceStep>;
export const TracePage = Type.Object({ items: List(TraceStep), next });

export const ModuleInfo = Type.Object({
  digest: DigestText,
  sizeBytes: Count,
  type: Type.String(),
  version: Type.String(),
});
export type ModuleInfo = Static<typeof ModuleInfo>;

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: "Stable; branch on this." }),
    detail: Type.String(),
    remedy: Type.String(),
    requestId: Type.String(),
    diagnostics: List(
      Type.Unsafe<Diagnostic>(Type.Object({ code: Type.String(), path: Type.String(), message: Type.String() })),
    ),
    step: Type.Optional(DeployStep),
    current: Type.Optional(
      Type.Object(
        { generation: Generation, deployedAt: Instant, deployedBy: Type.String() },
        { description: "With 412: what runs now; absent when the flow does not exist." },
      ),
    ),
  },
  { description: "An RFC 9457 problem document." },
);
export type Problem = Static<typeof Problem>;
