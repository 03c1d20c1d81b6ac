// Sends messages as Sparkplug B: the sink is an edge node, which tells at its birth what metrics it has, and then sends
// their values. Without a device the metrics are the edge node's own.
//
//   connect       will: NDEATH with the session's bdSeq, which session-numbers.ts keeps
//   first message NBIRTH (seq 0), DBIRTH of the device          all metrics with their last values
//   messages      NDATA, or DDATA of the device                 seq counts on, modulo 256
//   a new metric, or one whose type has changed: births anew, since a host knows only what was born
//   NCMD Node Control/Rebirth: births anew
//   close         DDEATH, NDEATH
//
// Sparkplug prescribes QoS 0: a message counts as sent when the operating system has taken it, be it that the broker never
// gets it; what was being written when the connection broke is lost, and counted. What waits while the broker is away is sent as historical afterwards.

import type { CanonicalNode, Message } from "@flowfusion/graph";
import {
  decodeSparkplug,
  encodeSparkplug,
  type SparkplugMetric,
  type SparkplugPayload,
  sparkplugType,
} from "@flowfusion/proto/sparkplug";
import type { MqttClient } from "mqtt";
import { type MessageRun, readMessages, type Sink, type Taken } from "../sink.ts";
import { type ConnectionOptions, MqttConnection } from "./connection.ts";
import { type EdgeNode, SessionNumbers } from "./session-numbers.ts";

const namespace = "spBv1.0";
const seqModulus = 256;
/** Metrics of one payload. */
const payloadMetricsMax = 500;
/** Metrics that a birth lists at most. */
const metricsMax = 10_000;
const rebirthName = "Node Control/Rebirth";
const qualityCodes = { 0: 192, 1: 500, 2: 0 } as const;
const nsPerMs = 1_000_000n;

interface SparkplugIdentity extends EdgeNode {
  readonly deviceId?: string;
}

/** `sessionDir`: where the numbers of sessions are kept; in memory alone when absent. */
export function createSparkplugSink(
  props: CanonicalNode["props"],
  endpoint: ConnectionOptions["endpoint"],
  sessionDir: string | undefined,
): Sink {
  const identity = props.sparkplug as SparkplugIdentity | undefined;
  if (!identity) throw new Error("sparkplug is missing; give its groupId and edgeNodeId");
  const numbers = new SessionNumbers(identity, sessionDir);
  return new SparkplugSink(identity, numbers, { endpoint, version: props.version as ConnectionOptions["version"] });
}

class SparkplugSink implements Sink {
  readonly #identity: SparkplugIdentity;
  readonly #connection: MqttConnection;
  /** What the births list: the last message of each metric. */
  readonly #metrics = new Map<string, Message>();
  #bdSeq = 0;
  #seq = 0;
  /** When the births of this session went out; undefined before. ms since the Unix epoch. */
  #bornAtMs: number | undefined;

  constructor(
    identity: SparkplugIdentity,
    numbers: SessionNumbers,
    options: Pick<ConnectionOptions, "endpoint" | "version">,
  ) {
    this.#identity = identity;
    this.#connection = new MqttConnection({
      ...options,
      begin: async () => {
        this.#bdSeq = await numbers.next();
        return { topic: this.#topic("NDEATH"), payload: this.#death(), qos: 1, retain: false };
      },
      onConnect: (client) => this.#listen(client),
    });
  }

  send(frames: Uint8Array): Promise<Taken> {
    return this.#connection.sending(async (client, broken) => {
      const { messages, bytes, malformed } = runOf(frames);
      const { known, unknown } = this.#learn(messages);
      const sending = this.#deliver(client, known);
      const lost = (await Promise.race([sending, broken])) === "connection_lost";
      return {
        bytes,
        dropped: { malformed, too_many_metrics: unknown, connection_lost: lost ? known.length : 0 },
      };
    });
  }

  close(): Promise<void> {
    return this.#connection.close(async (client) => {
      if (this.#bornAtMs === undefined) return;
      const { deviceId } = this.#identity;
      if (deviceId !== undefined) await this.#publish(client, "DDEATH", { metrics: [] });
      await client.publishAsync(this.#topic("NDEATH"), this.#death(), { qos: 0 });
    });
  }

  /** Each session begins unborn, and hears when a host wants the births again. */
  #listen(client: MqttClient): void {
    this.#bornAtMs = undefined;
    client.removeAllListeners("message");
    client.on("message", (_topic, payload) => {
      if (isRebirth(payload) && this.#bornAtMs !== undefined) void this.#giveBirth(client).catch(() => {});
    });
    client.subscribe(this.#topic("NCMD"), { qos: 1 });
  }

  /** Notes the messages' metrics. A metric beyond the bound is left out. */
  #learn(messages: readonly Message[]): { readonly known: readonly Message[]; readonly unknown: number } {
    const known: Message[] = [];
    for (const message of messages) {
      const before = this.#metrics.get(message.topic);
      if (!before && this.#metrics.size >= metricsMax) continue;
      if (!before || datatypeOf(before) !== datatypeOf(message, before)) this.#bornAtMs = undefined;
      // A reading without a value has the type that its metric had.
      this.#metrics.set(
        message.topic,
        message.value === null && before ? { ...message, value: before.value } : message,
      );
      known.push(message);
    }
    return { known, unknown: messages.length - known.length };
  }

  async #deliver(client: MqttClient, messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    if (this.#bornAtMs === undefined) await this.#giveBirth(client);
    const bornAtMs = this.#bornAtMs ?? Number.POSITIVE_INFINITY;
    const metrics = messages.map((message) => {
      const metric = metricOf(message, this.#metrics.get(message.topic));
      return metric.timestampMs! < bornAtMs ? { ...metric, isHistorical: true } : metric;
    });
    await this.#publish(client, this.#identity.deviceId === undefined ? "NDATA" : "DDATA", { metrics });
  }

  async #giveBirth(client: MqttClient): Promise<void> {
    const all = [...this.#metrics.values()].map((message) => metricOf(message, message));
    const { deviceId } = this.#identity;
    const timestampMs = Date.now();
    const own: SparkplugMetric[] = [
      { name: "bdSeq", timestampMs, datatype: sparkplugType.int64, value: BigInt(this.#bdSeq) },
      { name: rebirthName, timestampMs, datatype: sparkplugType.boolean, value: false },
    ];
    this.#bornAtMs = timestampMs;
    this.#seq = 0;
    const births = [this.#publish(client, "NBIRTH", { metrics: deviceId === undefined ? [...own, ...all] : own })];
    if (deviceId !== undefined) births.push(this.#publish(client, "DBIRTH", { metrics: all }));
    await Promise.all(births);
  }

  async #publish(client: MqttClient, type: string, payload: SparkplugPayload): Promise<void> {
    const seq = this.#seq;
    this.#seq = (seq + 1) % seqModulus;
    const bytes = encodeSparkplug({ ...payload, timestampMs: Date.now(), seq });
    await client.publishAsync(this.#topic(type), Buffer.from(bytes), { qos: 0 });
  }

  #death(): Buffer {
    const bdSeq = { name: "bdSeq", datatype: sparkplugType.int64, value: BigInt(this.#bdSeq) };
    return Buffer.from(encodeSparkplug({ timestampMs: Date.now(), metrics: [bdSeq] }));
  }

  #topic(type: string): string {
    const { groupId, edgeNodeId, deviceId } = this.#identity;
    const device = type.startsWith("D") ? `/${deviceId}` : "";
    return `${namespace}/${groupId}/${type}/${edgeNodeId}${device}`;
  }
}

/** Ends before a metric's type changes: the births tell one type of each metric, which holds for what follows them. */
function runOf(frames: Uint8Array): MessageRun {
  const run = readMessages(frames, payloadMetricsMax);
  const types = new Map<string, number>();
  const changed = run.messages.findIndex((message) => {
    if (message.value === null) return false;
    const type = datatypeOf(message);
    const before = types.get(message.topic) ?? type;
    types.set(message.topic, before);
    return type !== before;
  });
  return changed < 0 ? run : readMessages(frames, run.indices[changed]);
}

/** `typed`: a message of the metric whose value has its type. */
function metricOf({ topic, timestampNs, quality, value }: Message, typed: Message | undefined): SparkplugMetric {
  return {
    name: topic,
    timestampMs: Number(timestampNs / nsPerMs),
    datatype: datatypeOf(typed ?? { value }),
    quality: qualityCodes[quality],
    value,
  };
}

function datatypeOf({ value }: Pick<Message, "value">, before?: Pick<Message, "value">): number {
  if (value === null) return before ? datatypeOf(before) : sparkplugType.string;
  switch (typeof value) {
    case "boolean":
      return sparkplugType.boolean;
    case "bigint":
      return sparkplugType.int64;
    case "number":
      return sparkplugType.double;
    case "string":
      return sparkplugType.string;
    default:
      return sparkplugType.bytes;
  }
}

function isRebirth(payload: Uint8Array): boolean {
  try {
    return decodeSparkplug(payload).metrics.some(({ name, value }) => name === rebirthName && value === true);
  } catch {
    return false;
  }
}
