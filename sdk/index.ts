// What a Pulumi program imports: `import * as ff from "@flowfusion/sdk"`.

export type { FlowArgs, FlowState, Gateway } from "./flow.ts";
export { Flow } from "./flow.ts";
export type {
  AggProps,
  AlarmProps,
  BinaryCombineProps,
  CounterProps,
  DeadbandProps,
  DebounceProps,
  FileProps,
  FilterProps,
  HttpProps,
  LookupProps,
  MqttProps,
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
  fanOut,
  file,
  filter,
  http,
  lookup,
  mqtt,
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
export type { ModuleBuilder, ModuleManifest, PropsOf, PropsSchema, ValueOf } from "./module.ts";
export { module } from "./module.ts";
export type { Accepts, FlowPorts, InputPort, NodePorts, NodeSpec, OutputPort, PortTypes, Wire } from "./node.ts";
