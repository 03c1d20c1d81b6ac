// A message where it lies in memory. The layout is Message v1 of the node contract:
//
//   offset  type   field                       little-endian, the whole padded with zeros to a multiple of 8
//   0       u64    timestamp, ns since the Unix epoch
//   8       8 B    scalar: f64, i64, or 0/1 for a boolean
//   16      u8     kind
//   17      u8     quality
//   18      u16    topic length, bytes
//   20      u32    body length, bytes
//   24      …      topic (UTF-8), then body

import { allocate } from "./arena";

export namespace Kind {
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const none: u8 = 0;
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const boolean: u8 = 1;
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const int64: u8 = 2;
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const float64: u8 = 3;
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const text: u8 = 4;
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const bytes: u8 = 5;
}

export namespace Quality {
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const good: u8 = 0;
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const uncertain: u8 = 1;
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const bad: u8 = 2;
}

/** The bits of a number in a message: engines and optimisers differ in those of a computed NaN, messages do not. */
export function canonicalBits(value: f64): u64 {
  return isNaN(value) ? 0x7ff8000000000000 : reinterpret<u64>(value);
}

const headerBytes: usize = 24;

@unmanaged
export class Message {
  /** A message without a value, of good quality, for the rest of this call. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  static create(topic: Topic, timestampNs: u64, bodyLength: u32 = 0): Message {
    const size = (headerBytes + topic.length + bodyLength + 7) & ~7;
    const message = changetype<Message>(allocate(size));
    store<u64>(changetype<usize>(message) + size - 8, 0);
    message.timestampNs = timestampNs;
    message.bits = 0;
    message.kind = Kind.none;
    message.quality = Quality.good;
    message.topicLength = <u16>topic.length;
    message.bodyLength = bodyLength;
    memory.copy(message.topicStart, topic.start, topic.length);
    return message;
  }

  /** A text message, for the rest of this call. A string that is put together for it is never freed: prefer literals. */
  static ofText(topic: Topic, timestampNs: u64, text: string): Message {
    const message = Message.create(topic, timestampNs, String.UTF8.byteLength(text));
    message.kind = Kind.text;
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, message.bodyStart);
    return message;
  }

  timestampNs: u64;
  /** The scalar as its 64 bits. */
  bits: u64;
  kind: u8;
  quality: u8;
  topicLength: u16;
  bodyLength: u32;

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  get topicStart(): usize {
    return changetype<usize>(this) + headerBytes;
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  get bodyStart(): usize {
    return this.topicStart + this.topicLength;
  }

  /** Bytes of the whole message, padding included. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  get byteLength(): u32 {
    return (<u32>headerBytes + this.topicLength + this.bodyLength + 7) & ~7;
  }

  /** Kind, and quality above it. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  get meta(): u32 {
    return load<u16>(changetype<usize>(this), 16);
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  set meta(value: u32) {
    store<u16>(changetype<usize>(this), <u16>value, 16);
  }

  /** Whether the message has no body, so that all of it but time and topic is in `meta` and `bits`. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  get isScalar(): bool {
    return this.kind <= Kind.float64 && this.bodyLength == 0;
  }

  /** Whether the value is a number or a boolean, so that `number` has a meaning. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  get isNumeric(): bool {
    return <u8>(this.kind - Kind.boolean) <= Kind.float64 - Kind.boolean;
  }

  /** The value as a number; a boolean is 0 or 1, an int64 is rounded to the nearest double. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  get number(): f64 {
    return this.kind == Kind.float64 ? reinterpret<f64>(this.bits) : <f64>(<i64>this.bits);
  }

  /**
   * Replaces the scalar of a message without a body. The buffer is the node's, so no copy is needed. Infinity and NaN
   * make the quality bad: no reading of a plant has such a value.
   */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  setNumber(value: f64): void {
    this.kind = Kind.float64;
    this.bits = reinterpret<u64>(value);
    if (!isFinite(value)) {
      this.bits = canonicalBits(value);
      this.quality = Quality.bad;
    }
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  setBoolean(value: bool): void {
    this.kind = Kind.boolean;
    this.bits = <u64>value;
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  setInteger(value: i64): void {
    this.kind = Kind.int64;
    this.bits = <u64>value;
  }

  /** Whether the text is `text`. Bytes of a literal's UTF-8 must be its characters: ASCII alone. */
  isText(text: string): bool {
    if (this.kind != Kind.text || this.bodyLength != <u32>text.length) return false;
    for (let index = 0; index < text.length; index++) {
      if (load<u8>(this.bodyStart + index) != <u8>text.charCodeAt(index)) return false;
    }
    return true;
  }

  /** A message with the same timestamp, value and quality under another topic, for the rest of this call. */
  withTopic(topic: Topic): Message {
    if (topic.length == 0) return this;
    const copy = Message.create(topic, this.timestampNs, this.bodyLength);
    copy.bits = this.bits;
    copy.kind = this.kind;
    copy.quality = this.quality;
    memory.copy(copy.bodyStart, this.bodyStart, this.bodyLength);
    return copy;
  }
}

/** A topic that a node keeps, for example one from its properties. Empty means: leave the topic as it is. */
export class Topic {
  start: usize = 0;
  length: usize = 0;
  private capacity: usize = 0;

  /** Looks at a topic where it lies, which must stay there as long as it is looked at. */
  pointAt(start: usize, length: usize): Topic {
    this.capacity = 0;
    this.start = start;
    this.length = length;
    return this;
  }

  /** Copies a topic; the room of the one before is used again when it suffices. */
  set(start: usize, length: usize): void {
    if (length > this.capacity) {
      // What is left behind is bounded by the doubling.
      this.capacity = max(length, this.capacity << 1);
      this.start = heap.alloc(this.capacity);
    }
    this.length = length;
    memory.copy(this.start, start, length);
  }
}
