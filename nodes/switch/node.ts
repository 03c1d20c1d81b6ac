import { emit, Message, Outcome, Properties } from "@flowfusion/nodekit-assemblyscript/assembly";
import { Condition } from "../shared/condition";

const elsePort: u32 = 3;
const first = new Condition();
const second = new Condition();
const third = new Condition();
let cases: u32 = 0;

export function configure(properties: Properties): void {
  first.configure(properties, "cases[0].");
  cases = 1;
  if (!properties.has("cases[1].op")) return;
  second.configure(properties, "cases[1].");
  cases = 2;
  if (!properties.has("cases[2].op")) return;
  third.configure(properties, "cases[2].");
  cases = 3;
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  if (first.isMetByScalar(meta, bits)) return Outcome.pass(1);
  if (cases > 1 && second.isMetByScalar(meta, bits)) return Outcome.pass(1 << 1);
  if (cases > 2 && third.isMetByScalar(meta, bits)) return Outcome.pass(1 << 2);
  return Outcome.pass(1 << elsePort);
}

export function handle(port: u32, message: Message): void {
  emit(outputFor(message), message);
}

function outputFor(message: Message): u32 {
  if (first.isMetBy(message)) return 0;
  if (cases > 1 && second.isMetBy(message)) return 1;
  if (cases > 2 && third.isMetBy(message)) return 2;
  return elsePort;
}
