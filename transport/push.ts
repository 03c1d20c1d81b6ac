// PUSH: sends frames to the PULL peer that it dials. `send` copies into a bounded queue; the peer, when it is free, takes a
// block of whole frames from it, so that many small frames cost one system call. Delivery is at most once, as SP has
// it: a block that was being written when its connection broke is not sent again, but counted in `framesInDoubt`.

import { type DialOptions, dialAt, type Endpoint } from "./endpoint.ts";
import { frameHeaderBytes, writeFrameHeader } from "./frame.ts";
import type { Peer } from "./peer.ts";
import { type ConnectionStats, Peers, type SocketOptions } from "./peers.ts";
import { FrameQueue } from "./queue.ts";

const queueBytesMaxDefault = 4 * 1024 * 1024;
const blockBytes = 64 * 1024;
const flushMsDefault = 5000;

export interface PushOptions extends SocketOptions {
  /** Bound of the send queue, bytes, 4 a frame included, default 4 MiB. A frame that does not fit is not taken. */
  readonly queueBytesMax?: number;
  /** After a `send` that gave false: the queue is half empty or better. Called once for any number of refusals. */
  readonly onDrain?: () => void;
}

export interface PushStats extends ConnectionStats {
  /** Frames handed to the kernel whole. */
  readonly frames: number;
  /** Payload of those frames. */
  readonly bytes: number;
  readonly queuedFrames: number;
  readonly queuedBytes: number;
  /** Sends that gave false because the queue was full. */
  readonly fullRefusals: number;
  /** Frames that were being written when their connection broke: delivered or lost, SP cannot tell. */
  readonly framesInDoubt: number;
}

export interface PushSocket {
  readonly address: string;
  readonly queuedBytes: number;
  /**
   * Copies `frame` into the queue. False: the queue is full, nothing was taken, `onDrain` will follow. Throws a
   * RangeError for a frame that is longer than the whole queue.
   */
  send(frame: Uint8Array): boolean;
  stats(): PushStats;
  /**
   * Waits at most `flushMs` (default 5000) until the queue is handed to the kernel, then ends all connections.
   * Gives the number of frames that were not.
   */
  close(options?: { flushMs?: number }): Promise<{ framesUnsent: number }>;
}

/** Returns at once and keeps connecting. Throws a TransportError (`FF_TRANSPORT_ADDRESS`). */
export const dialPush = (options: PushOptions & DialOptions): PushSocket => new Push(options);

/** The peer that takes frames, with the block it sends them in. */
interface Sender {
  readonly peer: Peer;
  block: Uint8Array;
  framesInFlight: number;
}

class Push implements PushSocket {
  readonly #options: PushOptions;
  readonly #queue: FrameQueue;
  readonly #peers: Peers;
  readonly #endpoint: Endpoint;
  #sender: Sender | undefined;
  #isClosing = false;
  #owesDrain = false;
  #onFlushed: (() => void) | undefined;
  #frames = 0;
  #bytes = 0;
  #fullRefusals = 0;
  #framesInDoubt = 0;

  constructor(options: PushOptions & DialOptions) {
    this.#options = options;
    this.#queue = new FrameQueue(options.queueBytesMax ?? queueBytesMaxDefault);
    this.#peers = new Peers(options, {
      role: "push",
      ready: (peer) => this.#ready(peer),
      data: (peer, chunk) => peer.refuse("unexpected_data", `${chunk.length} bytes sent to a PUSH socket`),
      closed: () => this.#closed(),
    });
    this.#endpoint = dialAt(options.address, this.#peers, options);
  }

  get address(): string {
    return this.#endpoint.address;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  send(frame: Uint8Array): boolean {
    if (this.#isClosing) throw new Error("send on a PUSH socket that is closed");
    if (frame.length > this.#queue.frameBytesMax) {
      throw new RangeError(`frame of ${frame.length} bytes, the send queue takes ${this.#queue.frameBytesMax}`);
    }
    if (!this.#queue.push(frame)) {
      this.#fullRefusals++;
      this.#owesDrain = true;
      return false;
    }
    this.#pump();
    return true;
  }

  stats(): PushStats {
    return {
      ...this.#peers.stats(),
      frames: this.#frames,
      bytes: this.#bytes,
      queuedFrames: this.#queue.frames,
      queuedBytes: this.#queue.bytes,
      fullRefusals: this.#fullRefusals,
      framesInDoubt: this.#framesInDoubt,
    };
  }

  async close(options: { flushMs?: number } = {}): Promise<{ framesUnsent: number }> {
    this.#isClosing = true;
    if (this.#unsent() > 0) await this.#flushed(options.flushMs ?? flushMsDefault);
    const framesUnsent = this.#unsent();
    await Promise.all([this.#endpoint.close(), this.#peers.close((peer) => this.#end(peer))]);
    return { framesUnsent };
  }

  /** A peer that took all it was given gets an orderly end; one that is stuck would never come to it. */
  #end(peer: Peer): void {
    if (this.#framesInFlight > 0) peer.socket.destroy();
    else peer.socket.destroySoon();
  }

  #ready(peer: Peer): void {
    this.#sender = { peer, block: new Uint8Array(blockBytes), framesInFlight: 0 };
    this.#pump();
  }

  #closed(): void {
    this.#framesInDoubt += this.#framesInFlight;
    this.#sender = undefined;
    this.#settle();
  }

  #pump(): void {
    const sender = this.#sender;
    // A peer that ends its connection takes nothing more: what waits is for the next.
    if (this.#queue.frames > 0 && sender?.framesInFlight === 0 && sender.peer.socket.writable) this.#write(sender);
  }

  #write(sender: Sender): void {
    const { scheme, socket } = sender.peer;
    const headerBytes = frameHeaderBytes(scheme);
    let end = 0;
    let payloadBytes = 0;
    for (let next = this.#queue.nextLength(); next >= 0; next = this.#queue.nextLength()) {
      const needed = end + headerBytes + next;
      if (needed > sender.block.length) {
        if (end > 0) break;
        sender.block = new Uint8Array(needed);
      }
      end = this.#queue.shiftInto(sender.block, writeFrameHeader(scheme, sender.block, end, next));
      payloadBytes += next;
      sender.framesInFlight++;
    }
    socket.write(sender.block.subarray(0, end), (error) => {
      if (error == null) this.#written(sender, payloadBytes);
    });
  }

  #written(sender: Sender, payloadBytes: number): void {
    this.#frames += sender.framesInFlight;
    this.#bytes += payloadBytes;
    sender.framesInFlight = 0;
    if (sender.block.length > blockBytes * 16) sender.block = new Uint8Array(blockBytes);
    this.#pump();
    this.#settle();
  }

  /** Tells those who wait for room, or for the end, once they need wait no longer. */
  #settle(): void {
    if (this.#unsent() === 0) this.#onFlushed?.();
    if (!this.#owesDrain || this.#queue.bytes > this.#queue.bytesMax / 2) return;
    this.#owesDrain = false;
    this.#options.onDrain?.();
  }

  get #framesInFlight(): number {
    return this.#sender?.framesInFlight ?? 0;
  }

  #unsent(): number {
    return this.#queue.frames + this.#framesInFlight;
  }

  #flushed(flushMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, flushMs);
      this.#onFlushed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
