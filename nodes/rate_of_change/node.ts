import {
  emit,
  Message,
  Properties,
  StateReader,
  StateWriter,
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { Held } from "../shared/held";

const units: string[] = ["second", "minute", "hour"];
const unitNs: f64[] = [1e9, 60e9, 3600e9];
const tags = new TopicMap();
let perNs: f64 = 1e9;
let intervalNsMin: u64 = 0;

export function configure(properties: Properties): void {
  tags.configure(properties, offsetof<Held>());
  perNs = unitNs[properties.choice("per", units)];
  intervalNsMin = properties.durationNs("minIntervalMs");
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  const last = changetype<Held>(tags.of(message));
  if (!last.isSet) {
    last.keep(message);
    return;
  }
  const timestampNs = message.timestampNs;
  if (timestampNs <= last.timestampNs || timestampNs - last.timestampNs < intervalNsMin) return;
  const rate = ((message.number - last.number) / <f64>(timestampNs - last.timestampNs)) * perNs;
  const quality = max(last.quality, message.quality);
  last.keep(message);
  message.quality = quality;
  message.setNumber(rate);
  emit(0, message);
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

function isSound(tag: usize): bool {
  return changetype<Held>(tag).isSound;
}
