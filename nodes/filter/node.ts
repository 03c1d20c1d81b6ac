import { emit, Message, Outcome, Properties } from "@flowfusion/nodekit-assemblyscript/assembly";
import { Condition, isMetByScalar, Op } from "../shared/condition";

const pass: u32 = 0;
const fail: u32 = 1;
const condition = new Condition();
let op: Op = Op.never;
let number: f64 = 0;

export function configure(properties: Properties): void {
  condition.configure(properties, "", 0);
  op = condition.scalarOp;
  number = condition.number;
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  const isMet = isMetByScalar(op, number, 0, meta, bits);
  if (isMet < 0) return Outcome.declined;
  return Outcome.pass(isMet ? 1 << pass : 1 << fail);
}

export function handle(port: u32, message: Message): void {
  emit(condition.isMetBy(message) ? pass : fail, message);
}
