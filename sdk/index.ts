// What a Pulumi program imports: `import * as ff from "@flowfusion/sdk"`.

export type { FlowArgs, FlowState, Gateway } from "./flow.ts";
export { Flow } from "./flow.ts";
export type {
  AggProps,
  BinaryCombineProps,
  ExprProps,
  FileProps,
  FilterProps,
  HttpProps,
  MqttProps,
  NngProps,
  ScaleProps,
  SwitchProps,
  TagInputProps,
} from "./generated/nodes.ts";
export {
  agg,
  binaryCombine,
  expr,
  fanOut,
  file,
  filter,
  http,
  mqtt,
  nng,
  scale,
  switch,
  tagInput,
} from "./generated/nodes.ts";
export type { ModuleBuilder, ModuleManifest, PropsOf, PropsSchema, ValueOf } from "./module.ts";
export { module } from "./module.ts";
export type { Accepts, FlowPorts, InputPort, NodePorts, NodeSpec, OutputPort, PortTypes, Wire } from "./node.ts";
