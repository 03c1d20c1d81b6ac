// Gives the broker its receipt of a message, PUBACK or PUBREC, only once the message was handled, so that a broker that
// keeps the session sends again what a kill took. The client gives a receipt as soon as it has handed a message over, and
// takes no other message before: so here it goes on as soon as the message is on its way, and its receipts are held back
// where it sends them.
//
// A message of QoS 2 is the client's to hand over after the broker's answer to PUBREC, when the broker has forgotten it.
// It is taken before that.

import type { IConnackPacket, IPublishPacket, MqttClient, Packet } from "mqtt";

interface Sender {
  _sendPacket: (packet: Packet, done?: () => void, ...rest: unknown[]) => void;
}

export interface LateReceiptsOptions {
  /** Takes a message that has come. Gives whether all of it is on its way. */
  readonly receive: (packet: IPublishPacket) => Promise<boolean>;
  /** Resolves when all messages that are on their way are handled. */
  readonly handled: () => Promise<void>;
}

export class LateReceipts {
  readonly #client: MqttClient;
  readonly #options: LateReceiptsOptions;
  readonly #send: Sender["_sendPacket"];
  /** By number, messages of QoS 2 that the broker has not released, once they are on their way. */
  readonly #taken = new Map<number, Promise<void>>();
  /** By number, messages that get a receipt; resolved when they have it, or cannot get it any more. */
  readonly #owed = new Map<number, PromiseWithResolvers<void>>();
  #isStopped = false;

  constructor(client: MqttClient, options: LateReceiptsOptions) {
    this.#client = client;
    this.#options = options;
    const sender = client as unknown as Sender;
    this.#send = sender._sendPacket.bind(client);
    sender._sendPacket = (packet, done, ...rest) => {
      if (packet.cmd === "puback") this.#hold(packet, done);
      else if (packet.cmd === "pubrec") void this.#take(packet.messageId!).then(() => this.#hold(packet, done));
      else this.#send(packet, done, ...rest);
    };
    client.on("connect", ({ sessionPresent }: IConnackPacket) => {
      if (!sessionPresent) this.#taken.clear();
    });
    // Numbers of messages hold for a connection.
    client.on("close", () => {
      for (const messageId of [...this.#owed.keys()]) this.#settle(messageId);
    });
  }

  /** What the client hands over: a message that has come, or one that was taken and that the broker has released now. */
  async receive(packet: IPublishPacket): Promise<void> {
    if (packet.qos === 2) this.#taken.delete(packet.messageId!);
    else if (packet.qos === 1) await this.#receive(packet);
    else await this.#options.receive(packet);
  }

  /** Takes no more messages. Resolves when the receipts of those that it has taken were sent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#owed.values()].map(({ promise }) => promise));
  }

  /** One that is not taken whole is owed no receipt, and comes again, to whoever has the session then. */
  async #receive(packet: IPublishPacket): Promise<void> {
    if (this.#isStopped) return;
    this.#owed.set(packet.messageId!, Promise.withResolvers());
    if (!(await this.#options.receive(packet))) this.#settle(packet.messageId!);
  }

  async #take(messageId: number): Promise<void> {
    const known = this.#taken.get(messageId);
    if (known && !this.#owed.has(messageId)) this.#owed.set(messageId, Promise.withResolvers());
    const taking = known ?? this.#fromStore(messageId);
    this.#taken.set(messageId, taking);
    await taking;
  }

  #fromStore(messageId: number): Promise<void> {
    return new Promise((resolve) => {
      this.#client.incomingStore.get({ messageId } as IPublishPacket, (error, packet) =>
        resolve(error ? undefined : this.#receive(packet as IPublishPacket)),
      );
    });
  }

  #hold(packet: Packet, done: (() => void) | undefined): void {
    const messageId = packet.messageId!;
    const { stream } = this.#client;
    const owed = this.#owed.get(messageId);
    if (owed) {
      void this.#options.handled().then(() => {
        if (this.#owed.get(messageId) !== owed || this.#client.stream !== stream) return;
        this.#send(packet);
        this.#settle(messageId);
      });
    }
    done?.();
  }

  #settle(messageId: number): void {
    this.#owed.get(messageId)?.resolve();
    this.#owed.delete(messageId);
  }
}
