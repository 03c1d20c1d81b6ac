import { emit, Message, Outcome, Properties, Quality, Scalar, Topic } from "@flowfusion/nodekit-assemblyscript/assembly";

let factor: f64 = 1;
let offset: f64 = 0;
let topic: Topic = new Topic();
/** Whether messages get `topic`. */
let hasTopic: bool = false;

export function configure(properties: Properties): void {
  factor = properties.number("factor");
  offset = properties.number("offset");
  topic = properties.topic("topic");
  hasTopic = topic.length > 0;
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  if (hasTopic || !Scalar.isNumeric(meta)) return Outcome.declined;
  return Outcome.number(Scalar.number(meta, bits) * factor + offset, Scalar.quality(meta));
}

export function handle(port: u32, message: Message): void {
  if (message.isNumeric) message.setNumber(message.number * factor + offset);
  else message.quality = Quality.bad;
  emit(0, message.withTopic(topic));
}
