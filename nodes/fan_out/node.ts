import { emit, Message, Outcome } from "@flowfusion/nodekit-assemblyscript/assembly";

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  return Outcome.pass(0b1111);
}

export function handle(port: u32, message: Message): void {
  emit(0, message);
  emit(1, message);
  emit(2, message);
  emit(3, message);
}
