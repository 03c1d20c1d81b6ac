// PULL: receives frames from any number of PUSH peers. Back-pressure is the kernel's: a paused socket reads no more,
// its peers' sends fill up and stop. Delivery is at most once, as SP has it.
//
// Of a peer that sends more than one read takes, Node.js would read 2 MiB before anything else that is due. So such a peer
// rests after each read, until all else has had its turn; those that rest go on one by one. What was read of a peer and not
// delivered before a pause goes back to its stream, so that the peer has not ended before it.
//
// A peer may be silent for as long as it likes between two frames, but not in the middle of one, where it holds up to a whole
// frame in memory. Each is looked at now and then; before one is found to stand still, all that it has sent is read. A machine
// that stood still itself, as long as it may have been, counts as one look.

import { type Endpoint, listenAt } from "./endpoint.ts";
import { FrameDecoder } from "./frame.ts";
import type { Connection, Peer } from "./peer.ts";
import { type ConnectionStats, Peers, type SocketOptions } from "./peers.ts";

/** What Node.js reads at once. Where it finds as much, there is more. */
const readBytesMax = 64 * 1024;
const stalledMsMaxDefault = 30_000;
/** So many looks within that time. */
const looksMax = 2;

export interface PullOptions extends SocketOptions {
  /** The longest frame accepted, bytes, default 1 MiB. A longer one is refused by its header and ends its connection. */
  readonly frameBytesMax?: number;
  /** For how long nothing may come of a frame that has begun, ms, default 30,000. Found late by half as much at most. */
  readonly stalledMsMax?: number;
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
  hasBroughtFrame: boolean;
  readonly readyMs: number;
  /** Looks in a row that found it where it was before, in the middle of a frame. */
  looksStill: number;
  /** At the last look. */
  bytesReadThen: number | undefined;
}

class Pull implements PullSocket {
  readonly peers: Peers;
  readonly #options: PullOptions;
  readonly #receivers = new Map<Peer, Receiver>();
  /** The one that has rested longest is first. */
  readonly #resting = new Set<Peer>();
  #turn: NodeJS.Immediate | undefined;
  readonly #stalledMsMax: number;
  #looking: NodeJS.Timeout | undefined;
  #endpoint: Endpoint | undefined;
  #isPaused = false;
  #pauses = 0;
  #isClosed = false;
  #frames = 0;
  #bytes = 0;

  constructor(options: PullOptions) {
    this.#options = options;
    this.#stalledMsMax = options.stalledMsMax ?? stalledMsMaxDefault;
    this.peers = new Peers(options, {
      role: "pull",
      ready: (peer) => this.#ready(peer),
      data: (peer, chunk) => this.#receive(peer, chunk),
      closed: (peer) => this.#closed(peer),
      spare: (readyBeforeMs) => this.#spare(readyBeforeMs),
    });
  }

  serve(endpoint: Endpoint): this {
    this.#endpoint = endpoint;
    this.#looking = setInterval(() => this.#lookForStalled(), this.#stalledMsMax / looksMax).unref();
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
    this.#pauses++;
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
    clearInterval(this.#looking);
    await Promise.all([this.#endpoint?.close(), this.peers.close((peer) => peer.socket.destroy())]);
  }

  #ready(peer: Peer): void {
    const deliver = (frame: Uint8Array) => {
      if (this.#isClosed) return;
      receiver.hasBroughtFrame = true;
      this.#frames++;
      this.#bytes += frame.length;
      this.#options.onFrame(frame, peer.connection);
    };
    const decoder = new FrameDecoder(peer.scheme, this.#options.frameBytesMax);
    const receiver: Receiver = {
      ...{ decoder, deliver, isPutBack: false, hasBroughtFrame: false, readyMs: performance.now() },
      ...{ looksStill: 0, bytesReadThen: undefined },
    };
    this.#receivers.set(peer, receiver);
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

  /** Of a peer that was not read meanwhile, what it sent lies in the kernel: so it is read once before it is judged. */
  #lookForStalled(): void {
    if (this.#isPaused) return;
    const suspects = [...this.#receivers].filter(([peer, receiver]) => {
      receiver.looksStill = standsStill(peer, receiver) ? receiver.looksStill + 1 : 0;
      receiver.bytesReadThen = peer.socket.bytesRead;
      return receiver.looksStill >= looksMax;
    });
    if (suspects.length === 0) return;
    const pauses = this.#pauses;
    // Between two of these the sockets that have something are read.
    setImmediate(() =>
      setImmediate(() => {
        if (this.#pauses !== pauses) return;
        for (const [peer, receiver] of suspects) {
          const { pendingBytes } = receiver.decoder;
          const why = `nothing came for ${this.#stalledMsMax} ms, ${pendingBytes} bytes into a frame`;
          if (standsStill(peer, receiver)) peer.refuse("stalled", why);
        }
      }),
    );
  }

  #spare(readyBeforeMs: number): Peer | undefined {
    // What a peer has brought may not have been read yet.
    if (this.#isPaused) return undefined;
    for (const [peer, { hasBroughtFrame, readyMs }] of this.#receivers)
      if (!hasBroughtFrame && !peer.isLeaving && readyMs < readyBeforeMs) return peer;
    return undefined;
  }

  #closed(peer: Peer): void {
    const pendingBytes = this.#receivers.get(peer)?.decoder.pendingBytes ?? 0;
    this.#receivers.delete(peer);
    this.#resting.delete(peer);
    if (pendingBytes > 0 && !this.#isClosed) {
      peer.refuse("truncated", `the peer left ${pendingBytes} bytes into a frame`);
    }
  }
}

const standsStill = ({ socket }: Peer, { decoder, bytesReadThen }: Receiver): boolean =>
  decoder.pendingBytes > 0 && socket.bytesRead === bytesReadThen;
