export type {
  ComparedTrap,
  FlowComparison,
  FlowCondition,
  FlowMode,
  FlowStats,
  FusePhase,
  IngestStats,
  InputStats,
  NodeStats,
  RecorderStats,
  ReplayReport,
  Role,
  SinkStats,
  StateReport,
  SwapReport,
} from "@flowfusion/graph";
export type {
  AuditEntry,
  AuditVerdict,
  NewToken,
  ReleaseBundle,
  ReleaseInfo,
  SessionInfo,
  TokenInfo,
  TokenRequest,
} from "./access-types.ts";
export type { DeployRequest } from "./areas/flows.ts";
export type { CallOptions } from "./calls.ts";
export { authorText, changeText, type FlowChange, readChangeText } from "./change-note.ts";
export { GatewayClient, type GatewayClientOptions } from "./client.ts";
export type {
  ConnectionChanged,
  ConnectionInfo,
  ConnectionRequest,
  ConnectionSettings,
} from "./connection-types.ts";
export { detailOf, whyOf } from "./dead-letter.ts";
export type { DraftEvent, FusedDraft } from "./draft-types.ts";
export { badTagsText, troubleOf } from "./driver-trouble.ts";
export type { DriverDeclaration, DriverKinds, DriverLog, DriverState, DriverStatus } from "./driver-types.ts";
export { GatewayError } from "./errors.ts";
export type { FlowLayout } from "./layout-types.ts";
export type { LiveFlow, LiveFlowRates, LiveNode, LiveUpdate } from "./live-types.ts";
export type { ModuleInspection, NodeType } from "./node-types.ts";
export { allItems } from "./pages.ts";
export type { ExpectedGeneration } from "./requests.ts";
export { defaultRetryPolicy, type RetryPolicy, withRetries } from "./retry.ts";
export type { TlsTrust } from "./secure-fetch.ts";
export type {
  ArtefactInfo,
  Conflict,
  DeadLetter,
  Deployment,
  DeploymentEvent,
  DeploymentPhase,
  DeployStep,
  Development,
  DryRun,
  FlowOptions,
  FlowStatus,
  FlowVersion,
  FlowVersionDetail,
  GatewayInfo,
  HealthThresholds,
  InMemoryAlone,
  ModuleInfo,
  Page,
  PageQuery,
  ProblemDocument,
  RecordingQuery,
  TraceStep,
  Via,
} from "./types.ts";
