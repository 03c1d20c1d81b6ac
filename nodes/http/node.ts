import { emit, Message } from "@flowfusion/nodekit-assemblyscript/assembly";

export function handle(port: u32, message: Message): void {
  emit(0, message);
}
