// Message v1: the one form of a message from the router to the outbox, in recordings, properties and traces.
//
//   offset  type   field                       little-endian, the whole padded with zeros to a multiple of 8
//   0       u64    timestamp, ns since the Unix epoch
//   8       8 B    scalar: f64, i64, or 0/1 for a boolean
//   16      u8     kind
//   17      u8     quality, as OPC UA
//   18      u16    topic length, bytes
//   20      u32    body length, bytes (text and bytes; 0 for scalars)
//   24      …      topic (UTF-8), then body
//
// Runs of messages pass between host and flow as frames, each led by 8 bytes: u32 port (the index of the input
// subscription going in, of the sink coming out) and u32 length of the message that follows.

export const messageHeaderBytes = 24;
export const frameHeaderBytes = 8;

export const MessageKind = { none: 0, boolean: 1, int64: 2, float64: 3, text: 4, bytes: 5 } as const;
export const Quality = { good: 0, uncertain: 1, bad: 2 } as const;

export type MessageValue = null | boolean | bigint | number | string | Uint8Array;

export interface Message {
  readonly topic: string;
  /** ns since the Unix epoch. */
  readonly timestampNs: bigint;
  readonly quality: 0 | 1 | 2;
  /** A `bigint` is an int64, a `number` a float64. */
  readonly value: MessageValue;
}

export const paddedTo8 = (bytes: number): number => (bytes + 7) & ~7;

const utf8 = new TextEncoder();
const utf8Strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const noBody = new Uint8Array(0);

export function encodeMessage(message: Message): Uint8Array {
  const { value } = message;
  const topic = utf8.encode(message.topic);
  const body = typeof value === "string" ? utf8.encode(value) : value instanceof Uint8Array ? value : noBody;
  if (topic.length > 0xffff) throw new RangeError(`topic of ${topic.length} bytes, 65535 allowed`);
  const bytes = new Uint8Array(paddedTo8(messageHeaderBytes + topic.length + body.length));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, message.timestampNs, true);
  if (typeof value === "boolean") view.setUint8(8, value ? 1 : 0);
  else if (typeof value === "bigint") view.setBigInt64(8, value, true);
  else if (typeof value === "number") view.setFloat64(8, value, true);
  view.setUint8(16, kindOf(value));
  view.setUint8(17, message.quality);
  view.setUint16(18, topic.length, true);
  view.setUint32(20, body.length, true);
  bytes.set(topic, messageHeaderBytes);
  bytes.set(body, messageHeaderBytes + topic.length);
  return bytes;
}

/** The message, encoded, behind its head. */
export function encodeFrame(port: number, message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(frameHeaderBytes + message.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, port, true);
  view.setUint32(4, message.length, true);
  frame.set(message, frameHeaderBytes);
  return frame;
}

/** Reads one message at `offset`. Throws a RangeError or, for text that is not UTF-8, a TypeError. */
export function decodeMessage(bytes: Uint8Array, offset = 0): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, bytes.byteLength - offset);
  const topicEnd = messageHeaderBytes + view.getUint16(18, true);
  const bodyEnd = topicEnd + view.getUint32(20, true);
  if (bodyEnd > view.byteLength) throw new RangeError(`message of ${bodyEnd} bytes, ${view.byteLength} present`);
  const quality = view.getUint8(17);
  if (quality !== 0 && quality !== 1 && quality !== 2) throw new RangeError(`quality ${quality}, 0 to 2 allowed`);
  const at = (from: number, to: number) => bytes.subarray(offset + from, offset + to);
  return {
    topic: utf8Strict.decode(at(messageHeaderBytes, topicEnd)),
    timestampNs: view.getBigUint64(0, true),
    quality,
    value: readValue(view, view.getUint8(16), () => at(topicEnd, bodyEnd)),
  };
}

function kindOf(value: MessageValue): number {
  if (value === null) return MessageKind.none;
  switch (typeof value) {
    case "boolean":
      return MessageKind.boolean;
    case "bigint":
      return MessageKind.int64;
    case "number":
      return MessageKind.float64;
    case "string":
      return MessageKind.text;
    default:
      return MessageKind.bytes;
  }
}

function readValue(view: DataView, kind: number, body: () => Uint8Array): MessageValue {
  switch (kind) {
    case MessageKind.none:
      return null;
    case MessageKind.boolean:
      return view.getUint8(8) !== 0;
    case MessageKind.int64:
      return view.getBigInt64(8, true);
    case MessageKind.float64:
      return view.getFloat64(8, true);
    case MessageKind.text:
      return utf8Strict.decode(body());
    case MessageKind.bytes:
      return body().slice();
    default:
      throw new RangeError(`kind ${kind}, 0 to 5 allowed`);
  }
}
