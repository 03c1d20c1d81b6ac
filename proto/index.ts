// The protobuf contracts, as generated code: `flow.proto` (the canonical graph) and `tag_update.proto`
// (what drivers send). Encode takes plain objects.

import { flowfusion as flow } from "./generated/flow.js";

export const { GraphRule, NodeDef, PortType } = flow.v1;
export type GraphRuleMessage = flow.v1.GraphRule.$Properties;
export type NodeDefMessage = flow.v1.NodeDef.$Properties;
export type PortDefMessage = flow.v1.PortDef.$Properties;
export type WireMessage = flow.v1.Wire.$Properties;
export type ValueMessage = flow.v1.Value.$Properties;

export { joinRecording, recordingPrefixBytes, splitRecording } from "./recording.ts";
export { type BatchReceipt, receiptOf, TagBatchEncoder } from "./tag-batch-encoder.ts";
export {
  countTagUpdates,
  decodeTagUpdateBatch,
  encodeTagUpdateBatch,
  type TagQuality,
  type TagUpdate,
  type TagUpdateBatch,
  type TagValue,
} from "./tag-update.ts";
