// The SP greeting. Each side sends these 8 bytes once, right after the connection stands, the same on TCP and IPC:
//
//   offset  value        meaning
//   0       00 53 50     zero, "SP"
//   3       00           version
//   4       00 50|51     protocol, big-endian: 0x50 PUSH, 0x51 PULL
//   6       00 00        reserved

export type Role = "push" | "pull";

const greetingBytes = 8;

const protocolOf: Readonly<Record<Role, number>> = { push: 0x50, pull: 0x51 };

export function greeting(role: Role): Uint8Array {
  return Uint8Array.of(0x00, 0x53, 0x50, 0x00, 0x00, protocolOf[role], 0x00, 0x00);
}

export type GreetingResult =
  | { readonly state: "incomplete" }
  /** The peer is of the expected role; the chunk's bytes from `rest` on belong to its first frames. */
  | { readonly state: "complete"; readonly rest: number }
  | { readonly state: "refused"; readonly cause: "bad_handshake" | "wrong_peer"; readonly message: string };

/** Collects the peer's greeting, however it is split, and refuses at the first byte that cannot be right. */
export class GreetingReader {
  readonly #expected: Uint8Array;
  readonly #received = new Uint8Array(greetingBytes);
  #filled = 0;

  constructor(expectedPeer: Role) {
    this.#expected = greeting(expectedPeer);
  }

  push(chunk: Uint8Array): GreetingResult {
    const rest = Math.min(greetingBytes - this.#filled, chunk.length);
    this.#received.set(chunk.subarray(0, rest), this.#filled);
    this.#filled += rest;
    for (let at = 0; at < this.#filled; at++) {
      if (this.#received[at] !== this.#expected[at]) return this.#refuse(at);
    }
    return this.#filled === greetingBytes ? { state: "complete", rest } : { state: "incomplete" };
  }

  #refuse(at: number): GreetingResult {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    const cause = at === 4 || at === 5 ? "wrong_peer" : "bad_handshake";
    const message = `greeting ${hex(this.#received.subarray(0, this.#filled))}, expected ${hex(this.#expected)}`;
    return { state: "refused", cause, message };
  }
}
