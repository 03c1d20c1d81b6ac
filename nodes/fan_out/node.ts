import { emit, Message } from "@flowfusion/nodekit-assemblyscript/assembly";

export function handle(port: u32, message: Message): void {
  emit(0, message);
  emit(1, message);
  emit(2, message);
  emit(3, message);
}
