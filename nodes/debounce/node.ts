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

const settledAt = offsetof<WaitingClock>();
/** What has come and must hold yet; its timestamp says since when it does. */
const pendingAt = settledAt + offsetof<Held>();
const tags = new TopicMap();
let holdNs: u64 = 0;

export function configure(properties: Properties): void {
  tags.configure(properties, pendingAt + offsetof<Held>());
  holdNs = properties.durationNs("holdMs");
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) {
    emit(0, message);
    return;
  }
  const tag = tags.of(message);
  const nowNs = changetype<WaitingClock>(tag).advance(message.timestampNs);
  settle(tag, nowNs);
  const pending = changetype<Held>(tag + pendingAt);
  if (changetype<Held>(tag + settledAt).equals(message)) {
    pending.isSet = false;
  } else if (!pending.equals(message)) {
    pending.keep(message);
    pending.timestampNs = nowNs;
  }
}

export function tick(nowNs: u64): void {
  for (let tag = tags.first; tag != 0 && hasRoom(); tag = tags.after(tag)) {
    settle(tag, changetype<WaitingClock>(tag).at(nowNs));
  }
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

function settle(tag: usize, nowNs: u64): void {
  const pending = changetype<Held>(tag + pendingAt);
  if (!pending.isSet || nowNs < later(pending.timestampNs, holdNs)) return;
  const message = pending.toMessage(tags.topicOf(tag), later(pending.timestampNs, holdNs));
  changetype<Held>(tag + settledAt).keep(message);
  pending.isSet = false;
  emit(0, message);
}

function isSound(tag: usize): bool {
  return changetype<Held>(tag + settledAt).isSound && changetype<Held>(tag + pendingAt).isSound;
}
