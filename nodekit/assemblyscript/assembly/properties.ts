// A node's properties: a run of messages, one for each leaf of the properties object, with its path as the topic
// (`op`, `cases[1].value`). Looked up by path; the run is small and read once, so a search from the start will do.

import { Kind, Message, Topic } from "./message";

/** A hundred years. */
const durationMsMax: f64 = 3_155_760_000_000;

@unmanaged
export class Properties {
  start: usize;
  length: usize;

  has(path: string): bool {
    return this.find(path) !== null;
  }

  find(path: string): Message | null {
    const wanted = String.UTF8.encode(path);
    let at = this.start;
    const end = at + this.length;
    while (at < end) {
      const property = changetype<Message>(at);
      if (
        property.topicLength == wanted.byteLength &&
        memory.compare(property.topicStart, changetype<usize>(wanted), property.topicLength) == 0
      ) {
        return property;
      }
      at += property.byteLength;
    }
    return null;
  }

  number(path: string): f64 {
    const property = this.find(path);
    if (property === null || !property.isNumeric) return fail<f64>(path);
    return property.number;
  }

  /** A duration in ns from a property in ms. */
  durationNs(path: string): u64 {
    const ms = this.number(path);
    if (ms >= 0 && ms <= durationMsMax) return <u64>ms * 1_000_000;
    reject("property " + path + " is no duration in milliseconds");
    return 0;
  }

  flag(path: string): bool {
    const property = this.find(path);
    if (property === null || property.kind != Kind.boolean) return fail<bool>(path);
    return property.bits != 0;
  }

  /** The position of the property's text in `choices`. */
  choice(path: string, choices: string[]): i32 {
    const text = this.text(path);
    const index = choices.indexOf(text);
    if (index < 0) reject("property " + path + ": " + text + " is unknown");
    return max(index, 0);
  }

  /** The first leaf whose path begins with `prefix` (ASCII), or the first such after `previous`. In the order of paths. */
  under(prefix: string, previous: Message | null = null): Message | null {
    let at = previous === null ? this.start : changetype<usize>(previous) + previous.byteLength;
    const end = this.start + this.length;
    while (at < end) {
      const property = changetype<Message>(at);
      if (startsWith(property, prefix)) return property;
      at += property.byteLength;
    }
    return null;
  }

  text(path: string): string {
    const property = this.find(path);
    if (property === null || property.kind != Kind.text) return fail<string>(path);
    return String.UTF8.decodeUnsafe(property.bodyStart, property.bodyLength);
  }

  /** The topic that a property names; empty when the property is absent. */
  topic(path: string): Topic {
    const topic = new Topic();
    const property = this.find(path);
    if (property === null) return topic;
    if (property.kind == Kind.text) topic.set(property.bodyStart, property.bodyLength);
    else reject("property " + path + " is of another type");
    return topic;
  }
}

function startsWith(property: Message, prefix: string): bool {
  if (property.topicLength < <u32>prefix.length) return false;
  for (let index = 0; index < prefix.length; index++) {
    if (load<u8>(property.topicStart + index) != <u8>prefix.charCodeAt(index)) return false;
  }
  return true;
}

/** A number for a rejection. The standard library's `toString` brings 1.5 KB of tables into the memory of each node. */
export function decimal(value: u64): string {
  let digits = "";
  do {
    digits = String.fromCharCode(48 + <i32>(value % 10)) + digits;
    value /= 10;
  } while (value > 0);
  return digits;
}

let rejection: string | null = null;

/** Refuses the configuration, with the reason that the user reads. The first reason counts. */
export function reject(reason: string): void {
  if (rejection === null) rejection = reason;
}

export function takeRejection(): string | null {
  const reason = rejection;
  rejection = null;
  return reason;
}

function fail<T>(path: string): T {
  reject("property " + path + " is missing or of another type");
  if (isString<T>()) return changetype<T>("");
  return <T>0;
}
