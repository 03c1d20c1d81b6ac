// Graph and node modules → Flow.wasm, and what a host needs to run one.

export { faced } from "./artefact/face.ts";
export { type FlowParts, unpackParts } from "./artefact/flow-parts.ts";
export { mergeStates } from "./artefact/merge-states.ts";
export { type Artefact, readArtefact } from "./artefact/read.ts";
export {
  type FlowShape,
  findingShape,
  partsLike,
  plainOf,
  type ShapePattern,
  shapeOf,
} from "./artefact/shape.ts";
export { type StateImpact, stateImpact } from "./artefact/state-impact.ts";
export { coreOf, packModule, readModule } from "./component/pack.ts";
export {
  type ExplainedModule,
  type ExplainedNode,
  type ExplainedWire,
  explainFusion,
  type FusionReport,
} from "./explain.ts";
export { type ExpressionFunction, expressionFunctions } from "./expr/functions.ts";
export { withExpressions } from "./expr/support.ts";
export { type FusedFlow, fuse, fuserVersion, glueText } from "./fuse.ts";
export { type FuseStep, fuseInSteps } from "./fuse-in-steps.ts";
export { outboxHighWaterBytes, outboxMaxBytes } from "./glue/layout.ts";
export { encodeProperties } from "./glue/properties.ts";
export { type FuelGrant, FusedInstance } from "./host/fused-instance.ts";
export {
  FlowTrap,
  type NodeCounters,
  type RunningFlow,
} from "./host/running-flow.ts";
export { loadModule } from "./inspect/load.ts";
export { defaultFlowLimits, type FlowLimits } from "./limits.ts";
export { effortFor, v8Options } from "./link/effort.ts";
export { moduleText } from "./link/link-here.ts";
export { meter, meterGradually } from "./meter/meter.ts";
export { NodeInstance } from "./reference/node-instance.ts";
export { type FlowObserver, ReferenceFlow } from "./reference/reference-flow.ts";
export {
  type Publisher,
  type Release,
  type ReleaseBundle,
  readPublisher,
  signRelease,
  verifyRelease,
} from "./release/release.ts";
export { inspectFile, inspectModule, type ModuleContents, type ModuleReport } from "./report.ts";
export {
  type Comparison,
  compareFlows,
  deadLettersMax,
  type FirstDifference,
  type SinkComparison,
} from "./simulate/compare.ts";
export { type Recording, type SimulatedNode, type SimulationResult, simulate } from "./simulate/simulate.ts";
export type { FlowToSimulate, SimulatedEmission, SimulatedTrap } from "./simulate/simulated-flow.ts";
export { type StepDocument, StepRecorder, stepDocument, type TraceStep } from "./simulate/step-recorder.ts";
export { TickClock } from "./simulate/tick-clock.ts";
export { TracedFlow } from "./simulate/traced-flow.ts";
export type { Steps } from "./steps.ts";
