import { emit, Message, Outcome } from "@flowfusion/nodekit-assemblyscript/assembly";

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  return Outcome.pass(1);
}

export function handle(port: u32, message: Message): void {
  emit(0, message);
}
