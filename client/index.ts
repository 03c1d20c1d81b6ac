export {
  type CallOptions,
  type DeployRequest,
  type ExpectedGeneration,
  GatewayClient,
  type GatewayClientOptions,
} from "./client.ts";
export { GatewayError } from "./errors.ts";
export type { RetryPolicy } from "./retry.ts";
export type {
  ArtefactInfo,
  AuditEntry,
  AuditVerdict,
  Conflict,
  DeployStep,
  FlowCondition,
  FlowOptions,
  FlowStats,
  FlowStatus,
  FlowVersion,
  GatewayInfo,
  IngestStats,
  NewToken,
  NodeStats,
  Page,
  PageQuery,
  ProblemDocument,
  Role,
  SinkStats,
  StateReport,
  SwapReport,
  TokenInfo,
  TokenRequest,
} from "./types.ts";
