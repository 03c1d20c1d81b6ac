import {
  emit,
  Message,
  Properties,
  StateReader,
  StateWriter,
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { forEachMeant } from "../shared/command";
import { Held, isReading } from "../shared/held";

enum Event {
  messages,
  changes,
  rising,
}

@unmanaged
class Tag extends Held {
  count: u64;
}

const names: string[] = ["messages", "changes", "rising"];
const tags = new TopicMap();
let counted: Event = Event.messages;
/** 0: none. */
let rollover: u64 = 0;

export function configure(properties: Properties): void {
  tags.configure(properties, offsetof<Tag>());
  counted = <Event>properties.choice("of", names);
  const wanted = properties.number("rollover");
  rollover = wanted >= 1 ? <u64>wanted : 0;
}

export function handle(port: u32, message: Message): void {
  if (port == 1) {
    forEachMeant(message, tags, reset);
    return;
  }
  if (counted != Event.messages && !isReading(message)) return;
  const tag = changetype<Tag>(tags.of(message));
  if (!counts(tag, message)) return;
  tag.count++;
  if (rollover > 0 && tag.count >= rollover) tag.count = 0;
  const result = Message.create(tags.topicOf(changetype<usize>(tag)), message.timestampNs);
  result.quality = message.quality;
  result.setInteger(<i64>tag.count);
  emit(0, result);
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

function counts(tag: Tag, message: Message): bool {
  if (counted == Event.messages) return true;
  const isFirst = !tag.isSet;
  const before = tag.number;
  tag.keep(message);
  if (isFirst) return false;
  return counted == Event.changes ? message.number != before : before == 0 && message.number != 0;
}

function reset(tag: usize): void {
  changetype<Tag>(tag).count = 0;
}

function isSound(tag: usize): bool {
  return changetype<Tag>(tag).isSound && changetype<Tag>(tag).count <= <u64>i64.MAX_VALUE;
}
