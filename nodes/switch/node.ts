import { emit, Message, Outcome, Properties } from "@flowfusion/nodekit-assemblyscript/assembly";
import { Condition, isMetByScalar, Op } from "../shared/condition";

const elsePort: u32 = 3;
const first = new Condition();
const second = new Condition();
const third = new Condition();
let cases: u32 = 0;
let firstOp: Op = Op.never;
let secondOp: Op = Op.never;
let thirdOp: Op = Op.never;
let firstNumber: f64 = 0;
let secondNumber: f64 = 0;
let thirdNumber: f64 = 0;

export function configure(properties: Properties): void {
  first.configure(properties, "cases[0].", 0);
  firstOp = first.scalarOp;
  firstNumber = first.number;
  cases = 1;
  if (!Condition.isIn(properties, "cases[1].")) return;
  second.configure(properties, "cases[1].", 1);
  secondOp = second.scalarOp;
  secondNumber = second.number;
  cases = 2;
  if (!Condition.isIn(properties, "cases[2].")) return;
  third.configure(properties, "cases[2].", 2);
  thirdOp = third.scalarOp;
  thirdNumber = third.number;
  cases = 3;
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  let isMet = isMetByScalar(firstOp, firstNumber, 0, meta, bits);
  if (isMet != 0) return isMet < 0 ? Outcome.declined : Outcome.pass(1);
  if (cases > 1) {
    isMet = isMetByScalar(secondOp, secondNumber, 1, meta, bits);
    if (isMet != 0) return isMet < 0 ? Outcome.declined : Outcome.pass(1 << 1);
  }
  if (cases > 2) {
    isMet = isMetByScalar(thirdOp, thirdNumber, 2, meta, bits);
    if (isMet != 0) return isMet < 0 ? Outcome.declined : Outcome.pass(1 << 2);
  }
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
