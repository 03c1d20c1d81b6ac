// PULL: receives frames from any number of PUSH peers. Back-pressure is the kernel's: a paused socket reads no more,
// its peers' sends fill up and stop. Delivery is at most once, as SP has it.
//
// Of a peer that sends more than one read takes, Node.js would read 2 MiB before anything else that is due. So such a peer
// rests after each read, until all else has had its turn; those that rest go on one by one. What was read of a peer and not
// delivered before a pause goes back to its stream, so that the peer has not ended before it.

import { type Endpoint, listenAt } from "./endpoint.ts";
import { FrameDecoder } from "./frame.ts";
import type { Connection, Peer } from "./peer.ts";
import { type ConnectionStats, Peers, type SocketOptions } from "./peers.ts";

/** What Node.js reads at once. Where it finds as much, there is more. */
const readBytesMax = 64 * 1024;

export interface PullOptions extends SocketOptions {
  /** The longest frame accepted, bytes, default 1 MiB. A longer one is refused by its header and ends its connection. */
  readonly frameBytesMax?: number;
  /** `frame` is a view that is valid during the call only: copy what is to be kept. */
  readonly onFrame: (frame: Uint8Array, connection: Connection) => void;
  /** All frames that came with one read of a connection have been handed over, or all until it was paused. */
  readonly onReadEnd?: () => void;
}

export interface PullStats extends ConnectionStats {
  readonly frames: number;
  /** Payload of the frames. */
  readonly bytes: number;
}

export interface PullSocket {
  readonly address: string;
  /** Stops reading from all peers, present and future. No frame is delivered until `resume`, of what was read neither. */
  pause(): void;
  resume(): void;
  readonly isPaused: boolean;
  stats(): PullStats;
  /** Ends all connections. No frame is delivered any more. */
  close(): Promise<void>;
}

/** Rejects with a TransportError: `FF_TRANSPORT_ADDRESS` or `FF_TRANSPORT_LISTEN`. */
export async function listenPull(options: PullOptions): Promise<PullSocket> {
  const pull = new Pull(options);
  return pull.serve(await listenAt(options.address, pull.peers));
}

interface Receiver {
  readonly decoder: FrameDecoder;
  readonly deliver: (frame: Uint8Array) => void;
  /** What comes next is the rest of what was read before, and more may follow at once. */
  isPutBack: boolean;
}

class Pull implements PullSocket {
  readonly peers: Peers;
  readonly #options: PullOptions;
  readonly #receivers = new Map<Peer, Receiver>();
  /** The one that has rested longest is first. */
  readonly #resting = new Set<Peer>();
  #turn: NodeJS.Immediate | undefined;
  #endpoint: Endpoint | undefined;
  #isPaused = false;
  #isClosed = false;
  #frames = 0;
  #bytes = 0;

  constructor(options: PullOptions) {
    this.#options = options;
    this.peers = new Peers(options, {
      role: "pull",
      ready: (peer) => this.#ready(peer),
      data: (peer, chunk) => this.#receive(peer, chunk),
      closed: (peer) => this.#closed(peer),
    });
  }

  serve(endpoint: Endpoint): this {
    this.#endpoint = endpoint;
    return this;
  }

  get address(): string {
    return this.#endpoint?.address ?? this.#options.address;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  pause(): void {
    this.#isPaused = true;
    for (const peer of this.#receivers.keys()) peer.socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const peer of this.#receivers.keys()) if (!this.#resting.has(peer)) peer.socket.resume();
  }

  stats(): PullStats {
    return { ...this.peers.stats(), frames: this.#frames, bytes: this.#bytes };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#endpoint?.close(), this.peers.close((peer) => peer.socket.destroy())]);
  }

  #ready(peer: Peer): void {
    const deliver = (frame: Uint8Array) => {
      if (this.#isClosed) return;
      this.#frames++;
      this.#bytes += frame.length;
      this.#options.onFrame(frame, peer.connection);
    };
    const decoder = new FrameDecoder(peer.scheme, this.#options.frameBytesMax);
    this.#receivers.set(peer, { decoder, deliver, isPutBack: false });
    if (this.#isPaused) peer.socket.pause();
  }

  #receive(peer: Peer, chunk: Uint8Array): void {
    const receiver = this.#receivers.get(peer);
    if (receiver === undefined) return;
    const { decoder, deliver } = receiver;
    const taken = decoder.push(chunk, deliver, this.#mayGoOn);
    this.#options.onReadEnd?.();
    if (decoder.fault !== undefined) peer.refuse(decoder.fault.cause, decoder.fault.message);
    else if (receiver.isPutBack || taken < chunk.length || chunk.length >= readBytesMax) this.#rest(peer);
    receiver.isPutBack = taken < chunk.length;
    if (receiver.isPutBack) peer.socket.unshift(chunk.subarray(taken));
  }

  readonly #mayGoOn = (): boolean => !this.#isPaused;

  #rest(peer: Peer): void {
    peer.socket.pause();
    this.#resting.add(peer);
    this.#turn ??= setImmediate(this.#goOn);
  }

  readonly #goOn = (): void => {
    const [peer] = this.#resting;
    if (peer) this.#resting.delete(peer);
    this.#turn = this.#resting.size > 0 ? setImmediate(this.#goOn) : undefined;
    if (!this.#isPaused) peer?.socket.resume();
  };

  #closed(peer: Peer): void {
    const pendingBytes = this.#receivers.get(peer)?.decoder.pendingBytes ?? 0;
    this.#receivers.delete(peer);
    this.#resting.delete(peer);
    if (pendingBytes > 0 && !this.#isClosed) {
      peer.refuse("truncated", `the peer left ${pendingBytes} bytes into a frame`);
    }
  }
}
