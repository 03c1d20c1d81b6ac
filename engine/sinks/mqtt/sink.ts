// Publishes messages to the topics that a template gives, one by one or several of one topic together. With QoS 1 and 2 a
// message counts as sent when the broker has acknowledged it; what was in flight when a connection broke is published
// again. With QoS 0 it counts as sent when the operating system has taken it, be it that the broker never gets it; what was being
// written when the connection broke is lost, and counted.
//
// Of what they do not take, brokers of MQTT 3.1.1 say nothing but by ending the connection, and many of MQTT 5 do the same. So the
// message that was first when that happened is sent on its own, and given up when it has happened over it again and again: all
// that comes behind it would wait for ever.

import { type CanonicalNode, type Message, quote } from "@flowfusion/graph";
import type { MqttClient } from "mqtt";
import { createEncoding, type Encoding, type EncodingName } from "../encoding.ts";
import { countFrames } from "../frames.ts";
import { type MessageRun, type Origin, readMessages, type Sink, type Taken } from "../sink.ts";
import { type TopicTemplate, topicTemplate } from "../topic-template.ts";
import { type ConnectionOptions, MqttConnection, type PublishOptions } from "./connection.ts";

/**
 * Packets in flight at once, by QoS, where the broker does not say that it takes fewer. Mosquitto 2.0 acknowledges and then loses messages of QoS 2 when more than its
 * max_inflight_messages, by default 20, are on their way.
 */
const inFlightMax = { 0: 500, 1: 500, 2: 20 } as const;
/**
 * With acknowledgements, so much is sent in one go, each packet as soon as there is room for it: a broker that waits for more
 * before it sends what is little, as Mosquitto does by default, has its acknowledgements on the way all the time. Each message
 * takes some KB until all are acknowledged.
 */
const messagesMax = 2_000;
/** No round is begun later, so that what a slow broker has taken is counted. */
const roundsMs = 500;
/** Times in a row that the broker ends the connection over a message before that is dropped: some 15 s, by the queue's pauses. */
const breaksMax = 10;
const topicBytesMax = 65_535;
/** Control characters and those that Unicode says are none, over which a broker may end the connection (MQTT 5, 1.5.4). */
const unwelcome = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;
/** Reason codes of MQTT 5 for what will never be taken: not authorized, topic name, packet too large, payload format. */
const refusals: ReadonlySet<number> = new Set([0x87, 0x90, 0x95, 0x99]);

type Outcome = "sent" | "invalid_topic" | "connection_lost" | "refused";

export function createMqttSink(
  props: CanonicalNode["props"],
  endpoint: ConnectionOptions["endpoint"],
  place: { readonly flow: string; readonly node: string },
  keepAliveS?: ConnectionOptions["keepAliveS"],
): Sink {
  const version = props.version as ConnectionOptions["version"];
  const encoding = createEncoding(props.encoding as EncodingName, `${place.flow}/${place.node}`);
  return new MqttSink(new MqttConnection({ endpoint, version, keepAliveS }), {
    topicOf: checkedTemplate(String(props.topic), place),
    encoding,
    batchMax: Number(props.batchMax),
    publish: {
      qos: props.qos as 0 | 1 | 2,
      retain: props.retain === true,
      ...(version === "5" && { properties: { contentType: encoding.contentType } }),
    },
  });
}

interface MqttSinkOptions {
  readonly topicOf: TopicTemplate;
  readonly encoding: Encoding;
  /** Messages of one topic in one packet. 1: the message stands for itself, not in a list. */
  readonly batchMax: number;
  readonly publish: PublishOptions & { readonly qos: 0 | 1 | 2 };
}

/** One packet. */
interface Packet {
  readonly topic: string | undefined;
  readonly messages: Message[];
}

class MqttSink implements Sink {
  readonly #connection: MqttConnection;
  readonly #options: MqttSinkOptions;
  /** What was sent first when the broker last ended the connection, and how often it has in a row. */
  #suspect = { first: "", breaks: 0 };

  constructor(connection: MqttConnection, options: MqttSinkOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async send(frames: Uint8Array, { epoch, ordinal }: Origin): Promise<Taken> {
    const first = `${epoch}-${ordinal}`;
    if (this.#suspect.first !== first) this.#suspect = { first, breaks: 0 };
    const suspect = this.#suspect;
    const before = suspect.breaks;
    const { batchMax, publish } = this.#options;
    const roundMax = inFlightMax[publish.qos] * batchMax;
    const many = publish.qos === 0 ? roundMax : Math.max(roundMax, messagesMax);
    const run = readMessages(frames, before === 0 ? many : 1);
    try {
      return await this.#sendRun(frames, run);
    } catch (error) {
      if (before === 0 || suspect.breaks === before) throw error;
      const { topic } = run.messages[0]!;
      if (suspect.breaks >= breaksMax) return { bytes: run.bytes, dropped: { refused: 1 } };
      const times = `${suspect.breaks} times, after ${breaksMax} it is dropped`;
      throw new Error(`the broker ended the connection over a message of ${quote(topic)} (${times})`);
    }
  }

  #sendRun(frames: Uint8Array, run: MessageRun): Promise<Taken> {
    const { batchMax, publish } = this.#options;
    const roundMax = inFlightMax[publish.qos] * batchMax;
    return this.#connection.sending(async (client, broken) => {
      void broken.then(() => {
        takeBack(client);
        if (!this.#connection.isUnanswered) this.#suspect.breaks++;
      });
      // Of QoS 0 all is begun at once: what was not could not be told from what is published already.
      const most = Math.min(inFlightMax[publish.qos], this.#connection.inFlightMax);
      const flight = new Flight<Outcome>(publish.qos === 0 ? Number.POSITIVE_INFINITY : most);
      const endMs = performance.now() + roundsMs;
      const outcomes: Promise<Outcome>[] = [];
      do {
        const packetOf = this.#packets(run.messages.slice(outcomes.length, outcomes.length + roundMax));
        const outcomeOf = new Map<Packet, Promise<Outcome>>();
        for (const packet of new Set(packetOf)) {
          await flight.room();
          outcomeOf.set(packet, flight.add(this.#publish(client, packet, broken)));
        }
        outcomes.push(...packetOf.map((packet) => outcomeOf.get(packet)!));
      } while (outcomes.length < run.messages.length && !flight.hasFailed && performance.now() < endMs);
      return takenOf(frames, run, await Promise.allSettled(outcomes));
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** For each message its packet. The messages of one topic keep their order. */
  #packets(messages: readonly Message[]): Packet[] {
    const { topicOf, batchMax } = this.#options;
    const openByTopic = new Map<string | undefined, Packet>();
    return messages.map((message) => {
      const topic = topicOf(message);
      let packet = openByTopic.get(topic);
      if (!packet || packet.messages.length >= batchMax) {
        packet = { topic, messages: [] };
        openByTopic.set(topic, packet);
      }
      packet.messages.push(message);
      return packet;
    });
  }

  async #publish(
    client: MqttClient,
    { topic, messages }: Packet,
    broken: Promise<"connection_lost">,
  ): Promise<Outcome> {
    const { encoding, batchMax, publish } = this.#options;
    if (topic === undefined || !isPublishable(topic)) return "invalid_topic";
    if (!client.connected) demandRetry();
    const payload = batchMax === 1 ? encoding.one(messages[0]!) : encoding.batch(messages);
    if (packetBytes(topic, payload, publish) > this.#connection.packetBytesMax) return "refused";
    const published = client.publishAsync(topic, payload, publish).then((): Outcome => "sent", refusedOrThrow);
    // The client never answers for a QoS 0 message that waited for the stream to drain when the connection broke.
    return Promise.race([published, publish.qos === 0 ? broken : broken.then(demandRetry)]);
  }
}

/** What is on its way, so much at once. */
class Flight<T> {
  hasFailed = false;
  readonly #max: number;
  #count = 0;
  #onRoom: (() => void) | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  async room(): Promise<void> {
    if (this.#count < this.#max) return;
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve;
    });
  }

  add(work: Promise<T>): Promise<T> {
    this.#count++;
    const land = () => {
      this.#count--;
      // What lands together is followed by as much, written as one piece.
      if (this.#onRoom) setImmediate(this.#onRoom);
      this.#onRoom = undefined;
    };
    work.then(land, () => {
      this.hasFailed = true;
      land();
    });
    return work;
  }
}

/**
 * Lets the client forget what it has not published to its end: the queue has it, tells why it waits, and puts it on disk. Begun
 * anew, a broker's session knows nothing of it: it would answer to the rest of an exchange of QoS 2 that all is done, and the
 * message would be lost.
 */
function takeBack(client: MqttClient): void {
  // Once it ends for good, it has forgotten all.
  if (client.disconnecting || client.disconnected) return;
  for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id));
}

function demandRetry(): never {
  throw new Error("the connection broke before the broker had acknowledged everything");
}

function refusedOrThrow(error: unknown): Outcome {
  // A reason code of MQTT is a number; the codes of Node.js are texts.
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "number" && refusals.has(code)) return "refused";
  throw error;
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
      refused: count("refused"),
    },
  };
}

function checkedTemplate(text: string, place: { readonly flow: string; readonly node: string }): TopicTemplate {
  const template = topicTemplate(text, place);
  if (!isPublishable(text.replaceAll(/\{[^{}]*\}/g, "level"))) {
    throw new Error(`topic ${JSON.stringify(text)} cannot be published to; leave out + and #`);
  }
  return template;
}

/** MQTT forbids empty topics and wildcards in a topic that is published to. */
function isPublishable(topic: string): boolean {
  const isText = !/[+#]/.test(topic) && !unwelcome.test(topic);
  return topic.length > 0 && isText && Buffer.byteLength(topic) <= topicBytesMax;
}

/** What a PUBLISH of MQTT 5 takes; only there a broker says how long one may be. */
function packetBytes(topic: string, payload: string | Buffer, { qos, properties }: PublishOptions): number {
  const propertiesBytes = properties?.contentType === undefined ? 0 : 3 + properties.contentType.length;
  const rest = 2 + Buffer.byteLength(topic) + (qos === 0 ? 0 : 2) + 1 + propertiesBytes + Buffer.byteLength(payload);
  const lengthBytes = Math.ceil((Math.floor(Math.log2(rest)) + 1) / 7);
  return 1 + lengthBytes + rest;
}
