// One connection: greets, checks the peer's greeting, then hands the bytes that follow to its owner. Every reason
// to refuse a connection has a name, so that refusals can be counted by cause.

import type { Socket } from "node:net";
import type { Scheme } from "./address.ts";
import { GreetingReader, greeting, type Role } from "./handshake.ts";

/** Idle time after which a TCP peer is probed, so that one that lost its power does not hold a connection for ever. */
const keepAliveMs = 15_000;
/** For a peer that was dismissed to end its connection. */
const leaveMsMax = 1000;

export interface Connection {
  /** Unique within its socket, in the order of arrival. */
  readonly id: number;
  /** `HOST:PORT` of a TCP peer; the address of the socket file on IPC. */
  readonly remote: string;
}

/**
 * Why a connection was closed by this side. `bad_handshake`: not SP, or no whole greeting in time. `wrong_peer`: SP,
 * but not the opposite of this socket. `bad_frame_type`: an IPC frame that does not begin with 0x01. `too_large`: a
 * frame above the limit. `truncated`: the peer left in the middle of a frame. `stalled`: it stood still there.
 * `unexpected_data`: bytes sent to a PUSH socket. `too_many_connections`: the limit was reached, and no peer that had
 * brought nothing could make room. `made_room`: this was such a peer.
 */
export const refusalCauses = [
  "bad_handshake",
  "wrong_peer",
  "too_large",
  "bad_frame_type",
  "truncated",
  "stalled",
  "unexpected_data",
  "too_many_connections",
  "made_room",
] as const;
export type RefusalCause = (typeof refusalCauses)[number];

export interface ProtocolError {
  readonly cause: RefusalCause;
  readonly message: string;
  readonly connection: Connection;
}

export interface PeerOwner {
  readonly role: Role;
  readonly greetingMsMax: number;
  /** The handshake is complete. */
  ready(peer: Peer): void;
  data(peer: Peer, chunk: Uint8Array): void;
  refused(error: ProtocolError): void;
  /** The connection is gone, whether or not it was ever ready. */
  closed(peer: Peer): void;
}

export class Peer {
  readonly connection: Connection;
  readonly scheme: Scheme;
  readonly socket: Socket;
  readonly #owner: PeerOwner;
  #isReady = false;
  #isRefused = false;
  #isLeaving = false;

  constructor(socket: Socket, scheme: Scheme, connection: Connection, owner: PeerOwner) {
    this.socket = socket;
    this.scheme = scheme;
    this.connection = connection;
    this.#owner = owner;
    this.#greet();
    socket.on("error", () => {}); // "close" follows, and says all that counts.
    socket.on("close", () => owner.closed(this));
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Closes the connection at once and reports why. Only the first cause of a connection counts. */
  refuse(cause: RefusalCause, message: string): void {
    this.socket.destroy();
    this.#report(cause, message);
  }

  /** As `refuse`, but what the peer has sent by the time that it hears of it is still taken. */
  dismiss(cause: RefusalCause, message: string): void {
    const { socket } = this;
    this.#isLeaving = true;
    socket.end();
    // Of a socket that is held back, what was sent is not read yet.
    const timer = setInterval(() => socket.isPaused() || socket.destroy(), leaveMsMax);
    socket.once("close", () => clearInterval(timer));
    this.#report(cause, message);
  }

  #report(cause: RefusalCause, message: string): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#owner.refused({ cause, message, connection: this.connection });
  }

  #greet(): void {
    const { socket } = this;
    const owner = this.#owner;
    const reader = new GreetingReader(owner.role === "pull" ? "push" : "pull");
    const timer = setTimeout(
      () => this.refuse("bad_handshake", `no whole greeting within ${owner.greetingMsMax} ms`),
      owner.greetingMsMax,
    );
    socket.once("close", () => clearTimeout(timer));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    socket.write(greeting(owner.role));
    const onGreeting = (chunk: Uint8Array) => {
      const result = reader.push(chunk);
      if (result.state === "incomplete") return;
      clearTimeout(timer);
      socket.off("data", onGreeting);
      if (result.state === "refused") return this.refuse(result.cause, result.message);
      this.#isReady = true;
      socket.on("data", (bytes: Uint8Array) => owner.data(this, bytes));
      owner.ready(this);
      if (result.rest < chunk.length) owner.data(this, chunk.subarray(result.rest));
    };
    socket.on("data", onGreeting);
  }
}
