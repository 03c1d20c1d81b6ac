import { emit, Expression, Message, Outcome, Properties, Topic } from "@flowfusion/nodekit-assemblyscript/assembly";

let topic: Topic = new Topic();
let dropsFailures: bool = false;

export function configure(properties: Properties): void {
  topic = properties.topic("topic");
  dropsFailures = properties.text("onError") == "drop";
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  return topic.length > 0 ? Outcome.declined : Expression.outcomeFor(0, meta, bits, dropsFailures);
}

export function handle(port: u32, message: Message): void {
  const answer = Expression.resultFor(0, message);
  if (answer !== null) emit(0, answer.withTopic(topic));
  else if (!dropsFailures) emit(0, Expression.failureFor(message).withTopic(topic));
}
