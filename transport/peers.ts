// What PULL and PUSH have in common: the set of connections, its bound, and the counters.

import type { Socket } from "node:net";
import type { Scheme } from "./address.ts";
import type { ConnectionOwner } from "./endpoint.ts";
import { type Connection, Peer, type PeerOwner, type ProtocolError, type RefusalCause } from "./peer.ts";

const connectionsMaxDefault = 256;
const greetingMsMaxDefault = 5000;

export interface SocketOptions {
  /** `tcp://HOST:PORT` (port 0 when listening: any free one) or `ipc://PATH`. */
  readonly address: string;
  /**
   * Connections at a time, default 256. One more takes the place of a peer that has brought no frame for longer than
   * `greetingMsMax`, counted as `made_room`, or is closed, counted as `too_many_connections`.
   */
  readonly connectionsMax?: number;
  /** Time for a peer to send its greeting, and for a first frame before its place may be another's, ms, default 5000. */
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
  /** Attempts to dial or to accept that failed. */
  readonly connectFailures: number;
  /** Why the last such attempt failed. */
  readonly lastConnectError: string | undefined;
  readonly refused: Readonly<Partial<Record<RefusalCause, number>>>;
}

export type PeerEvents = Pick<PeerOwner, "role" | "data"> & {
  ready(peer: Peer): void;
  /** `wasReady` tells a peer that was in use from one that never finished its handshake. */
  closed(peer: Peer, wasReady: boolean): void;
  /** Of those that were ready before, the one that may best be ended so that another has its place. */
  spare?(readyBeforeMs: number): Peer | undefined;
};

export class Peers implements ConnectionOwner {
  readonly #options: SocketOptions;
  readonly #events: PeerEvents;
  readonly #scheme: Scheme;
  readonly #all = new Map<Peer, (() => void) | undefined>();
  readonly #refused: Partial<Record<RefusalCause, number>> = {};
  #connections = 0;
  #connects = 0;
  #connectFailures = 0;
  #lastConnectError: string | undefined;
  #nextId = 1;
  #onEmpty: (() => void) | undefined;

  constructor(options: SocketOptions, events: PeerEvents) {
    this.#options = options;
    this.#events = events;
    this.#scheme = options.address.startsWith("ipc://") ? "ipc" : "tcp";
  }

  attach(socket: Socket, ready?: () => void): void {
    if (this.#onEmpty !== undefined) {
      socket.destroy();
      return;
    }
    const options = this.#options;
    const greetingMsMax = options.greetingMsMax ?? greetingMsMaxDefault;
    const remote = this.#scheme === "tcp" ? `${socket.remoteAddress}:${socket.remotePort}` : options.address;
    const connection = { id: this.#nextId++, remote };
    if (!this.#hasRoom(options.connectionsMax ?? connectionsMaxDefault, connection)) {
      // Without a greeting, for who is greeted begins to send.
      socket.on("error", () => {}).destroy();
      return;
    }
    const peer = new Peer(socket, this.#scheme, connection, {
      role: this.#events.role,
      greetingMsMax,
      ready: (it) => this.#ready(it),
      data: this.#events.data,
      refused: (error) => this.#refuse(error),
      closed: (it) => this.#closed(it),
    });
    this.#all.set(peer, ready);
  }

  /** Ends another's connection if need be. Counts the one that comes as refused where that cannot be. */
  #hasRoom(connectionsMax: number, connection: Connection): boolean {
    const staying = [...this.#all.keys()].filter(({ isLeaving }) => !isLeaving).length;
    if (staying < connectionsMax) return true;
    const greetingMsMax = this.#options.greetingMsMax ?? greetingMsMaxDefault;
    const spare = this.#events.spare?.(performance.now() - greetingMsMax);
    spare?.dismiss("made_room", `no frame so far, and ${connectionsMax} connections, as many as may be`);
    if (!spare) {
      const message = `connection ${staying + 1}, ${connectionsMax} allowed`;
      this.#refuse({ cause: "too_many_connections", message, connection });
    }
    return spare !== undefined;
  }

  /** Ends every connection with `end`, those still shaking hands included; resolves when all are gone. */
  close(end: (peer: Peer) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      for (const peer of this.#all.keys()) end(peer);
      if (this.#all.size === 0) resolve();
    });
  }

  connectFailed(error: Error): void {
    this.#connectFailures++;
    this.#lastConnectError = error.message;
  }

  stats(): ConnectionStats {
    return {
      connections: this.#connections,
      connects: this.#connects,
      connectFailures: this.#connectFailures,
      lastConnectError: this.#lastConnectError,
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
    if (this.#all.size === 0) this.#onEmpty?.();
  }
}
