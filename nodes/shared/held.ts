// A number or boolean with its quality, kept apart from the message that brought it.

import { Kind, Message, Quality, Topic } from "@flowfusion/nodekit-assemblyscript/assembly";

@unmanaged
export class Held {
  bits: u64;
  timestampNs: u64;
  kind: u8;
  quality: u8;
  /** Whether there is a value; all else means nothing without. */
  isSet: bool;

  keep(message: Message): void {
    this.bits = message.bits;
    this.timestampNs = message.timestampNs;
    this.kind = message.kind;
    this.quality = message.quality;
    this.isSet = true;
  }

  /** Whether the message has the same value and quality. */
  equals(message: Message): bool {
    return (
      this.isSet && this.bits == message.bits && this.kind == message.kind && this.quality == message.quality
    );
  }

  get number(): f64 {
    return this.kind == Kind.float64 ? reinterpret<f64>(this.bits) : <f64>(<i64>this.bits);
  }

  toMessage(topic: Topic, timestampNs: u64): Message {
    const message = Message.create(topic, timestampNs);
    message.bits = this.bits;
    message.kind = this.kind;
    message.quality = this.quality;
    return message;
  }

  /** Whether a saved one is what `keep` leaves. */
  get isSound(): bool {
    if (load<u8>(changetype<usize>(this), offsetof<Held>("isSet")) > 1 || this.quality > Quality.bad) return false;
    return this.isSet ? <u8>(this.kind - Kind.boolean) <= Kind.float64 - Kind.boolean : true;
  }
}

/** Whether a message holds a number that means something: of no bad quality, neither infinite nor NaN. */
export function isReading(message: Message): bool {
  return message.isNumeric && message.quality != Quality.bad && isFinite(message.number);
}
