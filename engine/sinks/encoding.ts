// How messages are written for others: JSON, CSV, or the TagUpdateBatch that drivers send.

import { type Message, messageJson, numberText, qualityNames, rfc3339 } from "@flowfusion/graph";
import { TagBatchEncoder } from "@flowfusion/proto";

export type EncodingName = "json" | "csv" | "protobuf";

export interface Encoding {
  readonly contentType: string;
  /** One message that stands for itself. */
  one(message: Message): string | Buffer;
  /** Several, as one document. */
  batch(messages: readonly Message[]): string | Buffer;
}

export const csvHeader = "timestamp,topic,quality,value\n";

/** `source` names the sender in a TagUpdateBatch. */
export function createEncoding(name: EncodingName, source: string): Encoding {
  switch (name) {
    case "json":
      return {
        contentType: "application/json",
        one: messageJson,
        batch: (messages) => `[${messages.map(messageJson).join(",")}]`,
      };
    case "csv":
      return {
        contentType: "text/csv",
        one: csvLine,
        batch: (messages) => csvHeader + messages.map(csvLine).join(""),
      };
    case "protobuf":
      return protobuf(source);
  }
}

function protobuf(source: string): Encoding {
  const encoder = new TagBatchEncoder(source);
  const utf8 = new TextEncoder();
  const batch = (messages: readonly Message[]): Buffer => {
    encoder.begin();
    for (const { topic, timestampNs, quality, value } of messages) {
      encoder.add(utf8.encode(topic), timestampNs, quality, value);
    }
    return Buffer.from(encoder.finish());
  };
  return { contentType: "application/x-protobuf", one: (message) => batch([message]), batch };
}

/**
 * As RFC 4180 has it, but for the end of the line. Bytes as base64. A reading without a value has an empty field, an empty text a
 * quoted one: PostgreSQL and others tell them apart so.
 */
export function csvLine({ topic, timestampNs, quality, value }: Message): string {
  return `${rfc3339(timestampNs)},${csvField(topic)},${qualityNames[quality]},${csvValue(value)}\n`;
}

function csvValue(value: Message["value"]): string {
  if (value === null) return "";
  if (typeof value === "string") return csvField(value);
  if (typeof value === "number") return numberText(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : String(value);
}

const csvField = (text: string): string =>
  text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
