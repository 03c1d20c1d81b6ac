// An MQTT broker that does with each packet what a test says, for what no honest one does. It takes every connection.

import { type AddressInfo, createServer, type Socket } from "node:net";

/** Types of packets. */
export const publish = 3;
export const acknowledge = 4;
export const received = 5;
const release = 6;
export const complete = 7;

const connect = 1;
const connectAnswer = Buffer.from([0x20, 2, 0, 0]);
/** The CONNACK of a broker of MQTT 5 that takes so many packets before it has acknowledged one. */
export const takesAtMost = (count: number): Buffer => Buffer.from([0x20, 6, 0, 0, 3, 0x21, count >> 8, count & 0xff]);

export interface RawPacket {
  readonly type: number;
  /** Answers with a packet of that type, by the same id. */
  readonly answer: (type: number) => void;
  readonly cut: () => void;
}

export class RawBroker implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server;

  private constructor(onPacket: (packet: RawPacket) => void, connack: Uint8Array) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket.on("error", () => undefined));
      let rest = Buffer.alloc(0);
      socket.on("data", (bytes) => {
        rest = Buffer.concat([rest, bytes]);
        for (let end = endOf(rest); end <= rest.length; end = endOf(rest)) {
          const packet = rest.subarray(0, end);
          if (packet[0]! >> 4 === connect) socket.write(connack);
          else take(socket, packet, onPacket);
          rest = rest.subarray(end);
        }
      });
    });
  }

  static async start(onPacket: (packet: RawPacket) => void, connack: Uint8Array = connectAnswer): Promise<RawBroker> {
    const broker = new RawBroker(onPacket, connack);
    await new Promise<void>((resolve) => broker.#server.listen(0, "127.0.0.1", resolve));
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Of packets of less than 128 bytes, whose length is one byte. */
const endOf = (bytes: Buffer): number => (bytes.length < 2 ? Number.POSITIVE_INFINITY : 2 + bytes[1]!);

function take(socket: Socket, packet: Buffer, onPacket: (packet: RawPacket) => void): void {
  const type = packet[0]! >> 4;
  if (type !== publish && type !== release) return;
  const id = packet.readUInt16BE(type === publish ? 4 + packet.readUInt16BE(2) : 2);
  const answer = (by: number) => void socket.write(Buffer.from([by << 4, 2, id >> 8, id & 0xff]));
  onPacket({ type, answer, cut: () => void socket.destroy() });
}
