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

enum Mode {
  rate,
  counter,
  sum,
}

@unmanaged
class Tag extends Held {
  total: f64;
  /** What the additions so far have lost to rounding (Neumaier). */
  lost: f64;

  add(step: f64): void {
    const sum = this.total + step;
    this.lost += abs(this.total) >= abs(step) ? this.total - sum + step : step - sum + this.total;
    this.total = sum;
  }
}

const modes: string[] = ["rate", "counter", "sum"];
const units: string[] = ["second", "minute", "hour"];
const unitNs: f64[] = [1e9, 60e9, 3600e9];
const tags = new TopicMap();
let mode: Mode = Mode.rate;
let perNs: f64 = 1e9;
/** 0: no limit. */
let gapNsMax: u64 = 0;
/** 0: none. */
let rollover: f64 = 0;

export function configure(properties: Properties): void {
  tags.configure(properties, offsetof<Tag>());
  mode = <Mode>properties.choice("mode", modes);
  perNs = unitNs[properties.choice("per", units)];
  gapNsMax = properties.durationNs("maxGapMs");
  rollover = properties.number("rollover");
}

export function handle(port: u32, message: Message): void {
  if (port == 1) {
    forEachMeant(message, tags, reset);
    return;
  }
  if (!isReading(message)) return;
  const tag = changetype<Tag>(tags.of(message));
  const value = message.number;
  if (mode == Mode.sum) {
    tag.add(value);
  } else if (tag.isSet) {
    if (message.timestampNs <= tag.timestampNs) return;
    tag.add(mode == Mode.rate ? integral(tag, message) : counted(tag.number, value));
  }
  tag.keep(message);
  message.setNumber(tag.total + tag.lost);
  emit(0, message);
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

/** The area between the two readings, a straight line being drawn from one to the other. */
function integral(tag: Tag, message: Message): f64 {
  const elapsedNs = message.timestampNs - tag.timestampNs;
  if (gapNsMax > 0 && elapsedNs > gapNsMax) return 0;
  return ((tag.number + message.number) / 2) * (<f64>elapsedNs / perNs);
}

/** How far a device's counter has gone. When it has fallen it went round, or the device began again at 0. */
function counted(before: f64, now: f64): f64 {
  if (now >= before) return now - before;
  const around = now + rollover - before;
  return around >= 0 && around <= rollover / 2 ? around : now;
}

function reset(tag: usize): void {
  changetype<Tag>(tag).total = 0;
  changetype<Tag>(tag).lost = 0;
}

function isSound(tag: usize): bool {
  return changetype<Tag>(tag).isSound;
}
