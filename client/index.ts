export type {
  AuditEntry,
  AuditVerdict,
  NewToken,
  ReleaseBundle,
  ReleaseInfo,
  Role,
  TokenInfo,
  TokenRequest,
} from "./access-types.ts";
export {
  type CallOptions,
  type DeployRequest,
  type ExpectedGeneration,
  GatewayClient,
  type GatewayClientOptions,
} from "./client.ts";
export type {
  ConnectionChanged,
  ConnectionInfo,
  ConnectionRequest,
  ConnectionSettings,
} from "./connection-types.ts";
export type { DriverDeclaration, DriverKinds, DriverLog, DriverState, DriverStatus } from "./driver-types.ts";
export { GatewayError } from "./errors.ts";
export type { RetryPolicy } from "./retry.ts";
export type { TlsTrust } from "./secure-fetch.ts";
export type {
  ArtefactInfo,
  Conflict,
  DeployStep,
  FlowCondition,
  FlowOptions,
  FlowStats,
  FlowStatus,
  FlowVersion,
  GatewayInfo,
  IngestStats,
  InputStats,
  NodeStats,
  Page,
  PageQuery,
  ProblemDocument,
  RecorderInfo,
  RecordingQuery,
  SinkStats,
  StateReport,
  SwapReport,
} from "./types.ts";
