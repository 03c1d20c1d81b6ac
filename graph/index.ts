// The pure graph model: what a flow is, how it is read, checked, written and compared. No I/O.

export { decodeGraph, encodeGraph } from "./canonical.ts";
export { type Capability, type CapabilityDiff, capabilitiesOf, diffCapabilities } from "./capabilities.ts";
export { counted } from "./counted.ts";
export { Diagnostics } from "./diagnostics.ts";
export { diffGraphs, diffValues } from "./diff.ts";
export { isDigest, sha256 } from "./digest.ts";
export { graphDocument } from "./document.ts";
export type { ComparedTrap, FlowComparison, FusePhase } from "./draft.ts";
export { type Diagnostic, type ErrorCode, type ErrorEntry, errorRegistry, FlowFusionError } from "./errors.ts";
export type {
  FlowCondition,
  FlowMode,
  FlowStats,
  IngestStats,
  InputStats,
  NodeStats,
  RecorderStats,
  ReplayReport,
  SinkStats,
  StateReport,
  SwapReport,
} from "./flow-stats.ts";
export { graphLimits } from "./limits.ts";
export { parseManifest } from "./manifest.ts";
export {
  decodeMessage,
  encodeFrame,
  encodeMessage,
  frameHeaderBytes,
  type Message,
  MessageKind,
  type MessageValue,
  messageHeaderBytes,
  paddedTo8,
  Quality,
} from "./message.ts";
export {
  type MessageDocument,
  messageDocument,
  messageJson,
  numberText,
  parseMessageJson,
  qualityNames,
  rfc3339,
} from "./message-json.ts";
export { isFlowName, isNodeId, parseFlowName, quote, splitPath, wireKey } from "./names.ts";
export { optionalPackage } from "./optional-package.ts";
export { parseGraph } from "./parse.ts";
export { reasonOf, unknownSignerCodes } from "./reason.ts";
export { resolveGraph } from "./resolve.ts";
export { mayAct, type Role, roles } from "./roles.ts";
export { StoredGraphs } from "./stored-graphs.ts";
export { type Route, Subscriptions, subscribedPatterns } from "./subscriptions.ts";
export { didYouMean, knownInstead } from "./suggest.ts";
export { type TrapCause, trapCauses, trapCauseTexts } from "./trap-cause.ts";
export type {
  CanonicalGraph,
  CanonicalNode,
  Digest,
  ExpressionFault,
  ExpressionPlace,
  FlowGraph,
  FlowName,
  GraphDiff,
  GraphDocument,
  GraphNode,
  JsonSchema,
  ModuleCatalog,
  ModuleDescription,
  ModuleDescriptions,
  ModuleExpressions,
  NodeChange,
  NodeId,
  NodeManifest,
  NodeModule,
  PortSpec,
  PortType,
  PropChange,
  PropValue,
  SinkKind,
  Wire,
  WireChange,
} from "./types.ts";
export { dealOut, type Wave, wavesDefault } from "./waves.ts";
export { type WiredNode, wireRefusals } from "./wires.ts";
