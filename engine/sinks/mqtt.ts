// Publishes each message as JSON. With QoS 1 and 2 a message counts as sent when the broker has acknowledged it; the
// client repeats what was in flight when a connection broke. With QoS 0 it counts as sent when it has been written;
// what was being written when the connection broke is lost, and counted.

import { type Message, messageJson, type PropValue } from "@flowfusion/graph";
import mqtt, { type MqttClient } from "mqtt";
import { countFrames } from "./frames.ts";
import { type MessageRun, readMessages, type Sink, type Taken } from "./sink.ts";

const connectTimeoutMs = 5_000;
const reconnectMs = 1_000;
const disconnectMs = 1_000;
/**
 * In flight at once, by QoS. Mosquitto 2.0 acknowledges and then loses messages of QoS 2 when more than its
 * max_inflight_messages, by default 20, are on their way.
 */
const inFlightMax = { 0: 500, 1: 500, 2: 20 } as const;
const topicBytesMax = 65_535;
const topicPlaceholder = "{topic}";

type Outcome = "sent" | "invalid_topic" | "connection_lost";

export function createMqttSink(props: { readonly [name: string]: PropValue }): Sink {
  return new MqttSink(checkedBroker(String(props.broker)), checkedTopic(String(props.topic)), {
    qos: props.qos as 0 | 1 | 2,
    retain: props.retain === true,
  });
}

class MqttSink implements Sink {
  readonly #client: MqttClient;
  readonly #template: string;
  readonly #options: { readonly qos: 0 | 1 | 2; readonly retain: boolean };
  #lastError: Error | undefined;
  #isSending = false;

  constructor(broker: string, template: string, options: { readonly qos: 0 | 1 | 2; readonly retain: boolean }) {
    this.#template = template;
    this.#options = options;
    this.#client = mqtt.connect(broker, {
      reconnectPeriod: reconnectMs,
      connectTimeout: connectTimeoutMs,
      queueQoSZero: false,
    });
    this.#client.on("error", (error) => {
      this.#lastError = error;
    });
  }

  async send(frames: Uint8Array): Promise<Taken> {
    await this.#connected();
    const run = readMessages(frames, inFlightMax[this.#options.qos]);
    const broken = Promise.withResolvers<Outcome>();
    const onClose = () => broken.resolve("connection_lost");
    this.#client.once("close", onClose);
    this.#isSending = true;
    try {
      const publishing = run.messages.map((message) => this.#publish(message, broken.promise));
      return takenOf(frames, run, await Promise.allSettled(publishing));
    } finally {
      this.#isSending = false;
      this.#client.off("close", onClose);
    }
  }

  async close(): Promise<void> {
    // What is not acknowledged now has been given up; an orderly end would wait for it.
    if (this.#isSending || !this.#client.connected) return this.#client.endAsync(true);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, disconnectMs);
    await Promise.race([this.#client.endAsync(), promise]);
    clearTimeout(timer);
    this.#client.stream.destroy();
  }

  async #publish(message: Message, broken: Promise<Outcome>): Promise<Outcome> {
    const topic = this.#template.replaceAll(topicPlaceholder, () => message.topic);
    if (!isPublishable(topic)) return "invalid_topic";
    const published = this.#client.publishAsync(topic, messageJson(message), this.#options).then((): Outcome => "sent");
    // The client never answers for a QoS 0 message that waited for the stream to drain when the connection broke.
    return this.#options.qos > 0 ? published : Promise.race([published, broken]);
  }

  /** Resolves when the client is connected; rejects with the last error when it is not within the connect timeout. */
  async #connected(): Promise<void> {
    if (this.#client.connected) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const tooLate = () => reject(this.#lastError ?? new Error("the broker does not answer"));
    const timer = setTimeout(tooLate, connectTimeoutMs);
    const onConnect = () => resolve();
    this.#client.once("connect", onConnect);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#client.off("connect", onConnect);
    }
  }
}

/** The run up to the first message that was not published. Throws why, when that is the first of all. */
function takenOf(frames: Uint8Array, run: MessageRun, results: readonly PromiseSettledResult<Outcome>[]): Taken {
  const outcomes: Outcome[] = [];
  for (const result of results) {
    if (result.status === "rejected") {
      if (outcomes.length === 0) throw result.reason;
      break;
    }
    outcomes.push(result.value);
  }
  const bytes = outcomes.length === run.messages.length ? run.bytes : run.ends[outcomes.length - 1]!;
  const count = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length;
  return {
    bytes,
    dropped: {
      malformed: countFrames(frames, 0, bytes) - outcomes.length,
      invalid_topic: count("invalid_topic"),
      connection_lost: count("connection_lost"),
    },
  };
}

function checkedBroker(broker: string): string {
  if (!URL.canParse(broker)) throw new Error(`broker ${JSON.stringify(broker)} is not a URL; write mqtt://HOST:PORT`);
  return broker;
}

function checkedTopic(template: string): string {
  const example = template.replaceAll(topicPlaceholder, "topic");
  if (isPublishable(example)) return template;
  throw new Error(`topic ${JSON.stringify(template)} cannot be published to; leave out + and #`);
}

/** MQTT forbids empty topics, wildcards and the zero character in a topic that is published to. */
function isPublishable(topic: string): boolean {
  return topic.length > 0 && !/[+#\0]/.test(topic) && Buffer.byteLength(topic) <= topicBytesMax;
}
