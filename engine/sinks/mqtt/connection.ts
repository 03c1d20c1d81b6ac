// A connection to an MQTT broker, made at the first use and again whenever it breaks, by the client library. That is loaded
// with the first connection, since it takes memory for which a gateway that sends to no broker has no use.

import { connect as connectTcp, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { backoffDefault, backoffMs } from "@flowfusion/transport";
import type { IClientOptions, IClientPublishOptions, MqttClient } from "mqtt";
import { type CheckedEndpoint, tlsOptionsOf } from "../endpoint.ts";

const connectTimeoutMs = 5_000;
const disconnectMs = 1_000;
/** A broker that stands still without its connection breaking is noticed within 23 s. */
const keepAliveDefaultS = 15;

type Will = NonNullable<IClientOptions["will"]>;

export interface ConnectionOptions {
  readonly endpoint: CheckedEndpoint;
  readonly version: "3.1.1" | "5";
  /** A broker that is not heard of for so long is asked whether it is there, and has half of it to answer. */
  readonly keepAliveS?: number | undefined;
  /** Drawn when absent. */
  readonly clientId?: string;
  /** Begins a session, before its CONNECT is sent; gives what the broker is to publish when the connection breaks. */
  readonly begin?: () => Promise<Will>;
  /** Called each time that the broker has accepted the connection. */
  readonly onConnect?: (client: MqttClient) => void;
}

export class MqttConnection {
  readonly #options: ConnectionOptions;
  #client: MqttClient | undefined;
  /** Of the session whose CONNECT is sent next. */
  #will: Will | undefined;
  #beginning: Promise<Will> | undefined;
  #lastError: Error | undefined;
  #packetBytesMax = Number.POSITIVE_INFINITY;
  #inFlightMax = Number.POSITIVE_INFINITY;
  #isSending = false;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The longest packet that the broker takes, as far as it has said so. */
  get packetBytesMax(): number {
    return this.#packetBytesMax;
  }

  /** Packets of QoS 1 and 2 that the broker takes before it has acknowledged one, as far as it has said so. */
  get inFlightMax(): number {
    return this.#inFlightMax;
  }

  /** Whether the connection was given up because the broker did not answer, as against one that it has ended. */
  get isUnanswered(): boolean {
    return this.#lastError?.message === silence;
  }

  /** Resolves when the client is connected; rejects when a try to connect has failed, or none was answered in time. */
  async connected(): Promise<MqttClient> {
    const library = await import("./library.ts");
    if (!this.#client) await this.#begin();
    if (this.#isClosed) throw new Error("the connection was closed");
    this.#client ??= this.#connect(library);
    const client = this.#client;
    if (client.connected) return client;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const failed = () => reject(this.#lastError ?? new Error(silence));
    const timer = setTimeout(failed, connectTimeoutMs);
    const onConnect = () => resolve();
    client.once("connect", onConnect);
    client.once("close", failed);
    try {
      await promise;
      return client;
    } finally {
      clearTimeout(timer);
      client.off("connect", onConnect);
      client.off("close", failed);
    }
  }

  /** Runs `send`, which is told by a promise when the connection breaks under it. */
  async sending<T>(send: (client: MqttClient, broken: Promise<"connection_lost">) => Promise<T>): Promise<T> {
    const client = await this.connected();
    const broken = Promise.withResolvers<"connection_lost">();
    const onClose = () => broken.resolve("connection_lost");
    client.once("close", onClose);
    this.#isSending = true;
    try {
      return await send(client, broken.promise);
    } finally {
      this.#isSending = false;
      client.off("close", onClose);
    }
  }

  async close(lastWords?: (client: MqttClient) => Promise<unknown>): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    if (!client) return;
    // What is not acknowledged now has been given up; an orderly end would wait for it.
    if (this.#isSending || !client.connected) return client.endAsync(true);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, disconnectMs);
    const ending = Promise.resolve(lastWords?.(client)).then(() => client.endAsync());
    await Promise.race([ending.catch(() => {}), promise]);
    clearTimeout(timer);
    client.stream.destroy();
  }

  #connect(library: typeof import("./library.ts")): MqttClient {
    const { endpoint, version, keepAliveS = keepAliveDefaultS, clientId, onConnect } = this.#options;
    const { username, password } = endpoint;
    const client = new library.MqttClient((dialling) => this.#dial(dialling), {
      protocolVersion: version === "5" ? 5 : 4,
      reconnectPeriod: pauseMs(1),
      // Else a broker that refuses once, as one that is still starting does, is never tried again.
      reconnectOnConnackError: true,
      connectTimeout: connectTimeoutMs,
      keepalive: keepAliveS,
      queueQoSZero: false,
      clean: true,
      ...(clientId !== undefined && { clientId }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    });
    client.on("error", (error) => {
      this.#lastError = isSilence(error) ? new Error(silence) : error;
    });
    // The client reads its pause before each try anew.
    let failures = 1;
    client.on("reconnect", () => {
      client.options.reconnectPeriod = pauseMs(++failures);
    });
    // Begun here, a session is ready before the pause is over; else that try is given up.
    client.on("close", () => void this.#begin());
    client.on("connect", ({ properties }) => {
      failures = 1;
      this.#packetBytesMax = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
      // None at all is none of MQTT's.
      this.#inFlightMax = properties?.receiveMaximum || Number.POSITIVE_INFINITY;
      client.options.reconnectPeriod = pauseMs(failures);
      this.#lastError = undefined;
      onConnect?.(client);
    });
    return client;
  }

  /** A session that no CONNECT was sent of is still to be begun. */
  async #begin(): Promise<void> {
    if (this.#will || this.#isClosed) return;
    this.#beginning ??= this.#options.begin?.();
    this.#will = await this.#beginning;
    this.#beginning = undefined;
  }

  #dial(client: MqttClient) {
    const { endpoint, begin } = this.#options;
    const { host, port, isEncrypted, lookup, tls } = endpoint;
    if (begin && !this.#will) {
      this.#lastError = new Error("the next session has not begun yet");
      return new Socket().destroy();
    }
    if (this.#will) client.options.will = this.#will;
    // The client writes what it has as one piece; the next one must not wait until the broker's system has acknowledged it.
    const place = { host, port, noDelay: true, ...(lookup && { lookup }) };
    const socket = isEncrypted ? connectTls({ ...place, ...tlsOptionsOf(host, tls) }) : connectTcp(place);
    socket.once(isEncrypted ? "secureConnect" : "connect", () => {
      this.#will = undefined;
    });
    socket.on("error", (error) => {
      this.#lastError = error;
    });
    return socket;
  }
}

const silence = "the broker does not answer";
/** What the library says when no answer to a CONNECT or a PINGREQ has come. */
const isSilence = ({ message }: Error): boolean => ["connack timeout", "Keepalive timeout"].includes(message);

const pauseMs = (failures: number): number => backoffMs(failures, backoffDefault, Math.random);

export type PublishOptions = Pick<IClientPublishOptions, "qos" | "retain" | "properties">;
