// A node's properties: a run of messages, one for each leaf of the properties object, with its path as the topic
// (`op`, `cases[1].value`). Looked up by path; the run is small and read once, so a search from the start will do.

import { Kind, Message, Topic } from "./message";

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
