// What PULL and PUSH have in common: the set of connections, its bound, and the counters.

import type { Socket } from "node:net";
import type { Scheme } from "./address.ts";
import { type Connection, Peer, type PeerOwner, type ProtocolError, type RefusalCause } from "./peer.ts";

const connectionsMaxDefault = 256;
const greetingMsMaxDefault = 5000;

export interface SocketOptions {
  /** `tcp://HOST:PORT` (port 0 when listening: any free one) or `ipc://PATH`. */
  readonly address: string;
  /** Connections at a time, default 256; one more is closed and counted as `too_many_connections`. */
  readonly connectionsMax?: number;
  /** Time for a peer to send its greeting, ms, default 5000. */
  readonly greetingMsMax?: number;
  /** The handshake with a peer is complete. */
  readonly onConnect?: (connection: Connection) => void;
  /** A peer that had completed its handshake is gone. */
  readonly onDisconnect?: (connection: Connection) => void;
  /** A connection was closed by this side because the peer broke the protocol; the others go on. */
  readonly onProtocolError?: (error: ProtocolError) => void;
}

export interface ConnectionStats {
  /** Connections that stand now, handshake complete. */
  readonly connections: number;
  /** Handshakes completed since the start. */
  readonly connects: number;
  /** Attempts to dial that failed. */
  readonly dialFailures: number;
  /** Why the last attempt to dial failed. */
  readonly lastDialError: string | undefined;
  readonly refused: Readonly<Partial<Record<RefusalCause, number>>>;
}

export type PeerEvents = Pick<PeerOwner, "role" | "data"> & {
  ready(peer: Peer): void;
  /** `wasReady` tells a peer that was in use from one that never finished its handshake. */
  closed(peer: Peer, wasReady: boolean): void;
};

export class Peers {
  readonly #options: SocketOptions;
  readonly #events: PeerEvents;
  readonly #scheme: Scheme;
  readonly #all = new Map<Peer, (() => void) | undefined>();
  readonly #refused: Partial<Record<RefusalCause, number>> = {};
  #connections = 0;
  #connects = 0;
  #dialFailures = 0;
  #lastDialError: string | undefined;
  #nextId = 1;

  constructor(options: SocketOptions, events: PeerEvents) {
    this.#options = options;
    this.#events = events;
    this.#scheme = options.address.startsWith("ipc://") ? "ipc" : "tcp";
  }

  /** Every connection, those still shaking hands included. */
  get all(): Iterable<Peer> {
    return this.#all.keys();
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  attach(socket: Socket, ready?: () => void): void {
    const options = this.#options;
    const remote = this.#scheme === "tcp" ? `${socket.remoteAddress}:${socket.remotePort}` : options.address;
    const peer = new Peer(
      socket,
      this.#scheme,
      { id: this.#nextId++, remote },
      {
        role: this.#events.role,
        greetingMsMax: options.greetingMsMax ?? greetingMsMaxDefault,
        ready: (it) => this.#ready(it),
        data: this.#events.data,
        refused: (error) => this.#refuse(error),
        closed: (it) => this.#closed(it),
      },
    );
    this.#all.set(peer, ready);
    const connectionsMax = options.connectionsMax ?? connectionsMaxDefault;
    if (this.#all.size > connectionsMax) {
      peer.refuse("too_many_connections", `connection ${this.#all.size}, ${connectionsMax} allowed`);
    }
  }

  dialFailed(error: Error): void {
    this.#dialFailures++;
    this.#lastDialError = error.message;
  }

  stats(): ConnectionStats {
    return {
      connections: this.#connections,
      connects: this.#connects,
      dialFailures: this.#dialFailures,
      lastDialError: this.#lastDialError,
      refused: { ...this.#refused },
    };
  }

  #ready(peer: Peer): void {
    this.#connections++;
    this.#connects++;
    this.#all.get(peer)?.();
    this.#events.ready(peer);
    this.#options.onConnect?.(peer.connection);
  }

  #refuse(error: ProtocolError): void {
    this.#refused[error.cause] = (this.#refused[error.cause] ?? 0) + 1;
    this.#options.onProtocolError?.(error);
  }

  #closed(peer: Peer): void {
    this.#all.delete(peer);
    if (peer.isReady) this.#connections--;
    this.#events.closed(peer, peer.isReady);
    if (peer.isReady) this.#options.onDisconnect?.(peer.connection);
  }
}
