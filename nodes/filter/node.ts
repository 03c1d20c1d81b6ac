import { emit, Message, Outcome, Properties } from "@flowfusion/nodekit-assemblyscript/assembly";
import { Condition } from "../shared/condition";

const pass: u32 = 0;
const fail: u32 = 1;
const condition = new Condition();

export function configure(properties: Properties): void {
  condition.configure(properties, "");
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  return Outcome.pass(condition.isMetByScalar(meta, bits) ? 1 << pass : 1 << fail);
}

export function handle(port: u32, message: Message): void {
  emit(condition.isMetBy(message) ? pass : fail, message);
}
