import {
  emit,
  Message,
  Outcome,
  Properties,
  Quality,
  reject,
  Scalar,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { Unit, unitOf } from "../shared/units";

let factor: f64 = 1;
let divisor: f64 = 1;
let fromZero: f64 = 0;
let toZero: f64 = 0;

export function configure(properties: Properties): void {
  const source = parseUnit(properties, "from");
  const target = parseUnit(properties, "to");
  if (source === null || target === null) return;
  if (source.dimension != target.dimension) {
    reject("property to: " + source.name + " cannot be converted into " + target.name);
    return;
  }
  factor = source.factor * target.divisor;
  divisor = source.divisor * target.factor;
  fromZero = source.zero;
  toZero = target.zero;
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  if (!Scalar.isNumeric(meta)) return Outcome.declined;
  return Outcome.number(convert(Scalar.number(meta, bits)), Scalar.quality(meta));
}

export function handle(port: u32, message: Message): void {
  if (message.isNumeric) message.setNumber(convert(message.number));
  else message.quality = Quality.bad;
  emit(0, message);
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function convert(value: f64): f64 {
  // Multiplied first and divided then: of 250 kPa that makes exactly 2.5 bar.
  return ((value + fromZero) * factor) / divisor - toZero;
}

function parseUnit(properties: Properties, path: string): Unit | null {
  const name = properties.text(path);
  const unit = unitOf(name);
  if (unit === null) reject("property " + path + ": " + name + " is no unit that this node knows");
  return unit;
}
