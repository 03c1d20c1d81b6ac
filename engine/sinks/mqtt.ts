// Publishes each message as JSON. With QoS 1 and 2 a message counts as sent when the broker has acknowledged it; the
// client repeats what was in flight when a connection broke.

import type { PropValue } from "@flowfusion/graph";
import mqtt, { type MqttClient } from "mqtt";
import { toJson } from "./json.ts";
import { type OnDropped, readMessages, type Sink } from "./sink.ts";

const connectTimeoutMs = 5_000;
const reconnectMs = 1_000;
/** In flight at once, below the receive maximum that brokers grant by default. */
const inFlightMax = 500;
const topicBytesMax = 65_535;

export function createMqttSink(props: { readonly [name: string]: PropValue }, onDropped: OnDropped): Sink {
  const broker = String(props.broker);
  const template = String(props.topic);
  const options = { qos: props.qos as 0 | 1 | 2, retain: props.retain === true };
  const client = mqtt.connect(broker, {
    reconnectPeriod: reconnectMs,
    connectTimeout: connectTimeoutMs,
    queueQoSZero: false,
  });
  let lastError: Error | undefined;
  client.on("error", (error) => {
    lastError = error;
  });

  return {
    async send(frames) {
      await connected(client, () => lastError);
      const { messages, bytes } = readMessages(frames, onDropped, inFlightMax);
      const addressed = messages
        .map((message) => ({ topic: template.replaceAll("{topic}", message.topic), message }))
        .filter(({ topic }) => isPublishable(topic));
      await Promise.all(addressed.map(({ topic, message }) => client.publishAsync(topic, toJson(message), options)));
      onDropped("invalid_topic", messages.length - addressed.length);
      return bytes;
    },
    async close() {
      await client.endAsync(!client.connected);
    },
  };
}

/** Resolves when the client is connected; rejects with the last error when it is not within the connect timeout. */
async function connected(client: MqttClient, lastError: () => Error | undefined): Promise<void> {
  if (client.connected) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(lastError() ?? new Error("the broker does not answer")), connectTimeoutMs);
  const onConnect = () => resolve();
  client.once("connect", onConnect);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    client.off("connect", onConnect);
  }
}

/** MQTT forbids empty topics, wildcards and the zero character in a topic that is published to. */
function isPublishable(topic: string): boolean {
  return topic.length > 0 && !/[+#\0]/.test(topic) && Buffer.byteLength(topic) <= topicBytesMax;
}
