// The connection to the broker, and what becomes of its messages. When the gateway takes no more, the driver reads no more:
// the broker keeps what is of QoS 1 and 2, and knows that it was not received.

import { setTimeout as sleep } from "node:timers/promises";
import { type DriverContext, reconnectPolicy, steadyMs, type TagSet, wallClockNs } from "@flowfusion/driver-kit";
import { encodeSparkplug, sparkplugType } from "@flowfusion/proto/sparkplug";
import { backoffMs } from "@flowfusion/transport";
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { Identifiers } from "./identifiers.ts";
import type { MqttConfig, Subscription } from "./kind.ts";
import { LateReceipts } from "./late-receipts.ts";
import { PayloadError, type Reading, readJson, readText } from "./payloads.ts";
import { SparkplugHost, type SparkplugResult } from "./sparkplug.ts";
import { matches } from "./topics.ts";

const rebirthPauseMs = 5_000;
/** A connection that ends sooner is no success: a broker may take each one and end it, as where two clients have one identifier. */
const standsMs = 10_000;
/** For the last receipts, when the driver is to stop. */
const receiptsMs = 500;
/** What a packet has beside its payload: topic, properties, header. */
const packetOverheadBytes = 128 * 1024;

interface Source {
  readonly subscription: Subscription;
  readonly tags: TagSet;
  readonly sparkplug: SparkplugHost | undefined;
}

export class Subscriber {
  readonly #context: DriverContext<MqttConfig>;
  readonly #sources: readonly Source[];
  readonly #identifiers: Identifiers;
  readonly #rebirthAskedMs = new Map<string, number>();
  #client: MqttClient | undefined;
  /** Tries to connect since a connection stood for a while. */
  #tries = 1;
  #steady: NodeJS.Timeout | undefined;
  #awaySinceMs = steadyMs();
  #isAwayTold = false;
  /** Something was told of since the connection stood. */
  #hasTrouble = false;

  constructor(context: DriverContext<MqttConfig>) {
    this.#context = context;
    const { subscriptions, tagsMax, payloadBytesMax } = context.config;
    this.#identifiers = new Identifiers(subscriptions.map(({ topic }) => topic));
    this.#sources = subscriptions.map((subscription) => ({
      subscription,
      tags: context.tagSet({ silenceMs: subscription.staleMs ?? Number.POSITIVE_INFINITY, tagsMax }),
      sparkplug: subscription.format === "sparkplug" ? new SparkplugHost(3 * tagsMax, payloadBytesMax) : undefined,
    }));
  }

  /** Until the driver is to stop. */
  async run(): Promise<void> {
    const { config, signal } = this.#context;
    const receipts = config.keepSession ? await this.#context.receipts() : undefined;
    const client = mqtt.connect(config.url, this.#options());
    this.#client = client;
    // The client reads its pause before each try anew.
    client.on("reconnect", () => {
      this.#tries++;
      client.options.reconnectPeriod = this.#pauseMs();
    });
    client.on("connect", () => this.#connected(client));
    client.on("close", () => this.#away());
    client.on("error", (error) => this.#trouble(error.message));
    const receive = (packet: IPublishPacket) => this.#receive(packet);
    const late = receipts && new LateReceipts(client, { receive, handled: () => receipts.handled() });
    this.#takeFrom(client, late ? (packet) => late.receive(packet) : receive);
    const watch = setInterval(() => this.#watch(), Math.min(1000, Math.ceil(config.silenceMs / 4)));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
    });
    clearInterval(watch);
    if (late !== undefined) {
      await Promise.race([late.stop(), sleep(receiptsMs)]);
      // In order: a connection that is cut may take what was written last with it.
      await Promise.race([client.endAsync(), sleep(receiptsMs)]);
    }
    await client.endAsync(true);
  }

  get #clientId(): string {
    const { config, name } = this.#context;
    return config.clientId ?? `flowfusion-${name}-${process.pid}`;
  }

  #options(): IClientOptions {
    const { config, secrets } = this.#context;
    const { protocol, username, ca, clientCertificate, serverName, payloadBytesMax } = config;
    return {
      protocolVersion: protocol === "5" ? 5 : 4,
      clientId: this.#clientId,
      clean: !config.keepSession,
      keepalive: Math.ceil(config.keepAliveMs / 1000),
      connectTimeout: config.connectTimeoutMs,
      reconnectPeriod: this.#pauseMs(),
      // Else a broker that refuses once, as one that is still starting does, is never tried again.
      reconnectOnConnackError: true,
      resubscribe: false,
      ...(username === undefined ? {} : { username, password: secrets.password ?? "" }),
      ...(ca === undefined ? {} : { ca }),
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate, key: secrets.clientKey }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(protocol === "5"
        ? {
            properties: {
              maximumPacketSize: payloadBytesMax + packetOverheadBytes,
              ...(config.keepSession ? { sessionExpiryInterval: 0xffff_ffff } : {}),
            },
          }
        : {}),
    } as IClientOptions;
  }

  /** Before the next try to connect. */
  #pauseMs(): number {
    return backoffMs(this.#tries, reconnectPolicy(this.#context.config.silenceMs), Math.random);
  }

  #connected(client: MqttClient): void {
    this.#guardSize(client);
    this.#subscribe(client).then(
      (refused) => {
        this.#steady = setTimeout(() => {
          this.#tries = 1;
          client.options.reconnectPeriod = this.#pauseMs();
        }, standsMs).unref();
        this.#awaySinceMs = Number.POSITIVE_INFINITY;
        if (this.#isAwayTold) this.#askAllForBirths();
        this.#isAwayTold = false;
        this.#hasTrouble = false;
        const why = refused.length === 0 ? undefined : `the broker refused to subscribe to ${refused.join(", ")}`;
        this.#context.device("connected", why);
      },
      (error: Error) => this.#trouble(`the broker refused the subscriptions: ${error.message}`),
    );
  }

  /** One by one, each with an identifier where MQTT has them. Gives the topics that the broker refused. */
  async #subscribe(client: MqttClient): Promise<readonly string[]> {
    const { subscriptions, protocol } = this.#context.config;
    const granted = await Promise.all(
      subscriptions.map(({ topic, qos }) => {
        const subscriptionIdentifier = this.#identifiers.of(topic);
        const properties = protocol === "5" ? { properties: { subscriptionIdentifier } } : {};
        const asked = client.subscribeAsync(topic, { qos: qos as 0 | 1 | 2, ...properties });
        return asked.then(() => true, notGranted);
      }),
    );
    return subscriptions.flatMap(({ topic }, index) => (granted[index] ? [] : [topic]));
  }

  /** MQTT 3.1.1 has no limit of packets, and the client gathers one whole before it hands it over. */
  #guardSize(client: MqttClient): void {
    const { payloadBytesMax } = this.#context.config;
    const { stream } = client;
    let pendingBytes = 0;
    const settle = () => {
      pendingBytes = 0;
    };
    client.on("packetreceive", settle);
    stream.once("close", () => client.off("packetreceive", settle));
    stream.on("data", (chunk: Uint8Array) => {
      pendingBytes += chunk.length;
      if (pendingBytes <= payloadBytesMax + packetOverheadBytes) return;
      this.#trouble(`a message of more than ${payloadBytesMax} bytes: the connection was cut`);
      stream.destroy();
    });
  }

  #away(): void {
    clearTimeout(this.#steady);
    const hasStood = this.#awaySinceMs === Number.POSITIVE_INFINITY;
    if (hasStood) this.#awaySinceMs = steadyMs();
    if (this.#isAwayTold) return;
    const why = `the broker ended the connection; so it does where another client has the clientId ${this.#clientId}, too`;
    const isTold = this.#hasTrouble || this.#context.signal.aborted;
    this.#context.device("connecting", hasStood && !isTold ? why : undefined);
  }

  #trouble(message: string): void {
    this.#hasTrouble = true;
    this.#context.device(this.#isAwayTold ? "silent" : this.#client?.connected ? "connected" : "connecting", message);
  }

  #watch(): void {
    if (steadyMs() - this.#awaySinceMs < this.#context.config.silenceMs) return;
    for (const { tags } of this.#sources) tags.silenceAll();
    if (this.#isAwayTold) return;
    this.#isAwayTold = true;
    this.#context.device("silent");
  }

  /** The client hands over one message after the other; the next one when the one before is on its way to the gateway. */
  #takeFrom(client: MqttClient, receive: (packet: IPublishPacket) => Promise<unknown>): void {
    let received: Promise<unknown> = Promise.resolve();
    client.on("message", (_topic, _payload, packet) => {
      // Of a connection that broke, one may be on its way still.
      received = received.then(() => receive(packet));
    });
    client.handleMessage = (_packet, done) => void received.then(() => done());
  }

  /** Gives whether all of the message is on its way, or told of; false only when the driver is to stop. */
  async #receive(packet: IPublishPacket): Promise<boolean> {
    const topic = String(packet.topic);
    const payload = payloadOf(packet);
    const source = this.#sources.find(({ subscription }) => matches(subscription.topic, topic));
    if (source === undefined || !this.#identifiers.isFor(source.subscription.topic, identifiersOf(packet))) return true;
    const { payloadBytesMax } = this.#context.config;
    try {
      if (payload.length > payloadBytesMax) {
        throw new PayloadError(`${payload.length} bytes, ${payloadBytesMax} allowed`);
      }
      return await this.#pass(source, topic, payload, packet.retain);
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      this.#trouble(`${topic}: ${error.message}`);
      return true;
    }
  }

  async #pass(source: Source, topic: string, payload: Uint8Array, isRetained: boolean): Promise<boolean> {
    const { subscription, tags } = source;
    // Births and deaths that a broker kept are of a session that may be long over.
    if (isRetained && subscription.format === "sparkplug") return true;
    const { readings, dead, rebirthTopic } = read(source, topic, payload);
    const isOnItsWay = await this.#write(tags, readings);
    tags.silenceAll(dead.map((tag) => tags.add(tag)).filter((index) => index !== undefined));
    if (rebirthTopic !== undefined) this.#askForBirth(source, rebirthTopic);
    return isOnItsWay;
  }

  /** Waits for room wherever it has to. False when the driver is to stop before there is some. */
  async #write(tags: TagSet, readings: readonly Reading[]): Promise<boolean> {
    const writer = this.#context.tags;
    let isTooMany = false;
    for (const { tag, timestampNs, quality, value } of readings) {
      const index = tags.add(tag);
      if (index === undefined) {
        isTooMany = true;
        writer.drop();
        continue;
      }
      if (writer.isFull) await writer.drained();
      if (writer.isFull) return false;
      tags.update(index, timestampNs, quality, value);
    }
    if (isTooMany) throw new PayloadError(`more than ${this.#context.config.tagsMax} tags`);
    return true;
  }

  /** All tags turned bad while the broker was away, and an edge node that missed nothing tells only what changes. */
  #askAllForBirths(): void {
    this.#rebirthAskedMs.clear();
    for (const source of this.#sources) {
      for (const topic of source.sparkplug?.doubt() ?? []) this.#askForBirth(source, topic);
    }
  }

  #askForBirth({ subscription }: Source, topic: string): void {
    if (subscription.format !== "sparkplug" || !subscription.rebirth) return;
    const nowMs = steadyMs();
    if (nowMs - (this.#rebirthAskedMs.get(topic) ?? Number.NEGATIVE_INFINITY) < rebirthPauseMs) return;
    this.#rebirthAskedMs.set(topic, nowMs);
    const metric = { name: "Node Control/Rebirth", datatype: sparkplugType.boolean, value: true };
    const payload = encodeSparkplug({ timestampMs: Date.now(), metrics: [metric] });
    this.#client?.publish(topic, Buffer.from(payload), { qos: 0 });
  }
}

/** Whoever publishes must not end the driver: whatever a payload makes fail, it is that payload which is of no use. */
function read({ subscription, sparkplug }: Source, topic: string, payload: Uint8Array): SparkplugResult {
  const nowNs = wallClockNs();
  try {
    switch (subscription.format) {
      case "json":
        return { readings: readJson(topic, payload, subscription, nowNs), dead: [] };
      case "text":
        return { readings: readText(topic, payload, subscription, nowNs), dead: [] };
      case "sparkplug":
        return sparkplug!.handle(topic, payload, nowNs);
    }
  } catch (error) {
    if (error instanceof PayloadError) throw error;
    throw new PayloadError(`the payload cannot be read: ${(error as Error).message}`);
  }
}

const payloadOf = ({ payload }: IPublishPacket): Uint8Array =>
  typeof payload === "string" ? Buffer.from(payload) : payload;

/** The client fails alike where the broker refuses and where the connection ends; a refusal is none of the others' concern. */
function notGranted(error: Error & { readonly packet?: { readonly granted?: readonly number[] } }): false {
  if (error.packet?.granted?.some((code) => code >= 0x80)) return false;
  throw error;
}

/** Brokers send a message once for each subscription that it matches, and say for which. */
const identifiersOf = ({ properties }: IPublishPacket): readonly number[] =>
  [properties?.subscriptionIdentifier ?? []].flat();
