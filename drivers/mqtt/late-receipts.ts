// Gives the broker its receipt of a message, PUBACK or PUBREC, only once the message was handled, so that a broker that
// keeps the session sends again what a kill took. The client gives a receipt as soon as it has handed a message over, and
// takes no other message before: so here it goes on at once, and its receipts are held back where it sends them.
//
// A message of QoS 2 is the client's to hand over after the broker's answer to PUBREC, when the broker has forgotten it.
// It is taken before that.

import type { IConnackPacket, IPublishPacket, MqttClient, Packet } from "mqtt";

interface Sender {
  _sendPacket: (packet: Packet, done?: () => void, ...rest: unknown[]) => void;
}

export interface LateReceiptsOptions {
  /** A message has come, once. */
  readonly receive: (packet: IPublishPacket) => void;
  /** Resolves when all messages that have come are handled. */
  readonly handled: () => Promise<void>;
  /** Resolves when another message may come. */
  readonly room: () => Promise<void>;
}

export class LateReceipts {
  readonly #client: MqttClient;
  readonly #options: LateReceiptsOptions;
  readonly #send: Sender["_sendPacket"];
  /** Messages of QoS 2 that were taken and that the broker has not released. */
  readonly #taken = new Set<number>();
  readonly #held = new Set<Promise<void>>();
  #isStopped = false;

  constructor(client: MqttClient, options: LateReceiptsOptions) {
    this.#client = client;
    this.#options = options;
    const sender = client as unknown as Sender;
    this.#send = sender._sendPacket.bind(client);
    sender._sendPacket = (packet, done, ...rest) => {
      if (packet.cmd !== "puback" && packet.cmd !== "pubrec") this.#send(packet, done, ...rest);
      else if (!this.#isStopped) void this.#hold(packet, done);
      // Without a receipt it comes again, to whoever has the session then.
      else done?.();
    };
    client.on("connect", ({ sessionPresent }: IConnackPacket) => {
      if (!sessionPresent) this.#taken.clear();
    });
    client.on("message", (_topic, _payload, packet) => {
      if (packet.qos === 2) this.#taken.delete(packet.messageId!);
      else if (!this.#isStopped) options.receive(packet);
    });
  }

  /** Takes no more messages. Resolves when the receipts of those that it has taken were sent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#held);
  }

  async #hold(packet: Packet, done: (() => void) | undefined): Promise<void> {
    const { stream } = this.#client;
    if (packet.cmd === "pubrec") this.#take(packet.messageId!);
    const sent = this.#options.handled().then(() => {
      this.#held.delete(sent);
      // Numbers of messages hold for a connection.
      if (this.#client.connected && this.#client.stream === stream) this.#send(packet);
    });
    this.#held.add(sent);
    await this.#options.room();
    done?.();
  }

  #take(messageId: number): void {
    if (this.#taken.has(messageId)) return;
    this.#taken.add(messageId);
    this.#client.incomingStore.get({ messageId } as IPublishPacket, (error, packet) => {
      if (!error) this.#options.receive(packet as IPublishPacket);
    });
  }
}
