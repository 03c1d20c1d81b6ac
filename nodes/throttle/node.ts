import {
  emit,
  hasRoom,
  Message,
  Properties,
  StateReader,
  StateWriter,
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { later } from "../shared/clock";
import { Held } from "../shared/held";
import { WaitingClock } from "../shared/waiting-clock";

@unmanaged
class Tag extends WaitingClock {
  /** When the next message may pass; 0 before the first. */
  nextNs: u64;
}

/** The last message that was held back, to follow when the interval ends. */
const heldAt = offsetof<Tag>();
const tags = new TopicMap();
let intervalNs: u64 = 0;
let hasTrailing: bool = false;

export function configure(properties: Properties): void {
  tags.configure(properties, heldAt + offsetof<Held>());
  intervalNs = properties.durationNs("intervalMs");
  hasTrailing = properties.flag("trailing");
}

export function handle(port: u32, message: Message): void {
  const tag = changetype<Tag>(tags.of(message));
  const nowNs = tag.advance(message.timestampNs);
  release(tag, nowNs);
  if (nowNs >= tag.nextNs) {
    tag.nextNs = later(nowNs, intervalNs);
    emit(0, message);
  } else if (hasTrailing && message.isNumeric) {
    changetype<Held>(changetype<usize>(tag) + heldAt).keep(message);
  }
}

export function tick(nowNs: u64): void {
  for (let record = tags.first; record != 0 && hasRoom(); record = tags.after(record)) {
    const tag = changetype<Tag>(record);
    release(tag, tag.at(nowNs));
  }
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

function release(tag: Tag, nowNs: u64): void {
  const held = changetype<Held>(changetype<usize>(tag) + heldAt);
  if (!held.isSet || nowNs < tag.nextNs) return;
  held.isSet = false;
  tag.nextNs = later(tag.nextNs, intervalNs);
  emit(0, held.toMessage(tags.topicOf(changetype<usize>(tag)), held.timestampNs));
}

function isSound(tag: usize): bool {
  return changetype<Held>(tag + heldAt).isSound;
}
