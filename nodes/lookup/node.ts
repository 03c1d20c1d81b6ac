// The table is kept as it came: a record for each key holds where its property lies, and properties are copied once.

import {
  emit,
  Kind,
  Message,
  Properties,
  reject,
  Text,
  Topic,
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";

const unmatched: u32 = 1;
const keys: string[] = ["value", "topic"];
const prefix = "table.";
const table = new TopicMap();
let byTopic: bool = false;
let fallback: usize = 0;
let topic: Topic = new Topic();
const ownTopic: Topic = new Topic();

export function configure(properties: Properties): void {
  byTopic = properties.choice("by", keys) == 1;
  topic = properties.topic("topic");
  let entries: u32 = 0;
  for (let entry = properties.under(prefix); entry !== null; entry = properties.under(prefix, entry)) entries++;
  if (entries == 0) {
    reject("property table is missing or empty");
    return;
  }
  table.hold(entries, sizeof<usize>());
  for (let entry = properties.under(prefix); entry !== null; entry = properties.under(prefix, entry)) {
    const key = entry.topicStart + prefix.length;
    store<usize>(table.add(key, entry.topicLength - prefix.length), kept(entry));
  }
  if (table.size < entries) reject("property table: its keys are longer than 524288 bytes together");
  const found = properties.find("default");
  if (found !== null) fallback = kept(found);
}

export function handle(port: u32, message: Message): void {
  const record = byTopic ? table.find(message.topicStart, message.topicLength) : findValue(message);
  const property = record == 0 ? fallback : load<usize>(record);
  if (property == 0) emit(unmatched, message);
  else emit(0, answer(message, changetype<Message>(property)));
}

function findValue(message: Message): usize {
  if (message.kind == Kind.text) {
    return message.bodyLength > 0xffff ? 0 : table.find(message.bodyStart, message.bodyLength);
  }
  if (!message.isNumeric) return 0;
  const text = Text.create();
  if (message.kind == Kind.boolean) text.ascii(message.bits != 0 ? "true" : "false");
  else if (message.kind == Kind.int64) text.integer(<i64>message.bits);
  else text.number(message.number);
  return table.find(text.start, <u32>text.length);
}

/** The value of the property, with all else as the message has it. */
function answer(message: Message, property: Message): Message {
  const own = ownTopic.pointAt(message.topicStart, message.topicLength);
  const result = Message.create(topic.length > 0 ? topic : own, message.timestampNs, property.bodyLength);
  result.kind = property.kind;
  result.bits = property.bits;
  result.quality = message.quality;
  memory.copy(result.bodyStart, property.bodyStart, property.bodyLength);
  return result;
}

function kept(property: Message): usize {
  const copy = heap.alloc(property.byteLength);
  memory.copy(copy, changetype<usize>(property), property.byteLength);
  return copy;
}
