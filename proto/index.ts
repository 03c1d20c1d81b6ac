// The protobuf contracts, as generated code: `flow.proto` (the canonical graph). Encode takes plain objects.

import { flowfusion as flow } from "./generated/flow.js";

export const { GraphRule, PortType } = flow.v1;
export type GraphRuleMessage = flow.v1.GraphRule.$Properties;
export type NodeDefMessage = flow.v1.NodeDef.$Properties;
export type PortDefMessage = flow.v1.PortDef.$Properties;
export type WireMessage = flow.v1.Wire.$Properties;
export type ValueMessage = flow.v1.Value.$Properties;
