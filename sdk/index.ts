// What a Pulumi program imports: `import * as ff from "@flowfusion/sdk"`.

export type {
  ConnectionArgs,
  ConnectionTls,
  HttpConnectionArgs,
  MqttConnectionArgs,
  NatsConnectionArgs,
} from "./connection.ts";
export { Connection } from "./connection.ts";
export type { DriverArgs } from "./driver.ts";
export { Driver } from "./driver.ts";
export { each } from "./each.ts";
export type { FleetGateways, FlowFleetArgs, NodeOverrides } from "./fleet.ts";
export { FlowFleet } from "./fleet.ts";
export type { FlowArgs, FlowPreview, FlowRollout, FlowState } from "./flow.ts";
export { Flow } from "./flow.ts";
export type { FlowHealthThresholds, FlowLimits, FlowOptions } from "./flow-options.ts";
export type { GetDriftResult, GetFlowResult, GetGatewayResult, NodeTypeInfo, PlainAccess } from "./functions.ts";
export {
  getDrift,
  getDriftOutput,
  getFlow,
  getFlowOutput,
  getGateway,
  getGatewayOutput,
  getNodeCatalog,
  getNodeCatalogOutput,
} from "./functions.ts";
export type { GatewayAccess, GatewayArgs, GatewayInput, GatewayLimits } from "./gateway.ts";
export { Gateway } from "./gateway.ts";
export type * from "./generated/drivers.ts";
export type {
  AggProps,
  AlarmProps,
  BinaryCombineProps,
  CounterProps,
  DeadbandProps,
  DebounceProps,
  ExprProps,
  FileProps,
  FilterProps,
  HttpProps,
  LookupProps,
  MqttProps,
  NatsProps,
  NngProps,
  QualityProps,
  RateOfChangeProps,
  RenameProps,
  ScaleProps,
  SwitchProps,
  TagInputProps,
  ThrottleProps,
  TimerProps,
  TotalizerProps,
  UnitProps,
  WindowProps,
} from "./generated/nodes.ts";
export {
  agg,
  alarm,
  binaryCombine,
  counter,
  deadband,
  debounce,
  expr,
  fanOut,
  file,
  filter,
  http,
  lookup,
  mqtt,
  nats,
  nng,
  quality,
  rateOfChange,
  rename,
  scale,
  switch,
  tagInput,
  throttle,
  timer,
  totalizer,
  unit,
  window,
} from "./generated/nodes.ts";
export type { AnyGraph, FlowPorts, Graph, GraphParts, Inputs, Nodes, Outputs, PortsOf } from "./graph.ts";
export { graph } from "./graph.ts";
export type { ModuleBuilder, ModuleManifest, PropsOf, PropsSchema, ValueOf } from "./module.ts";
export { module } from "./module.ts";
export type { Accepts, InputPort, NodePorts, NodeSpec, OutputPort, PortTypes, Wire } from "./node.ts";
export type { NodeModuleArgs, NodeModulePort } from "./node-module.ts";
export { NodeModule } from "./node-module.ts";
export type { Overlay } from "./overlay.ts";
export { overlay } from "./overlay.ts";
