// Bounds what may be tried with tokens that are none. Each address may fail so often in a window, and fewer times when many
// addresses fail together; then it is refused until its window is over, whatever it presents, so that a right guess looks like
// a wrong one. A client that was let in before is let in all the while, or whoever shares its address, behind a proxy say,
// could lock it out. Tokens are compared either way, in constant time.

import { FlowFusionError } from "@flowfusion/graph";
import { networkOf } from "@flowfusion/transport";
import { steadyNowMs } from "./steady-clock.ts";
import { type Caller, hashOf, type Tokens } from "./tokens.ts";

export interface LoginLimits {
  /** From the first failure of an address on. */
  readonly windowMs: number;
  /** Failures of one address in a window. */
  readonly failuresPerAddressMax: number;
  /** Failures of all addresses in a window; beyond them an address may fail once. */
  readonly failuresMax: number;
}

export const defaultLoginLimits: LoginLimits = { windowMs: 60_000, failuresPerAddressMax: 10, failuresMax: 200 };

/** Addresses whose failures are counted, and clients that were let in; the ones heard of longest ago make room. */
const addressesMax = 4_096;
const clientsMax = 4_096;

/** What whoever looks after the gateway should know of; told once a window. */
export interface LoginAttack {
  /** The address that was refused first. */
  readonly address: string;
  /** Failures in this window so far, of all addresses. */
  readonly failures: number;
}

export class TooManyLogins extends FlowFusionError {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    const seconds = Math.ceil(retryAfterMs / 1000);
    super("FF_API_TOO_MANY_LOGINS", `too many tokens from this address were not valid; try again in ${seconds} s`);
    this.retryAfterMs = retryAfterMs;
  }
}

interface Window {
  readonly endsAtMs: number;
  failures: number;
}

export class Logins {
  readonly #tokens: Tokens;
  readonly #limits: LoginLimits;
  readonly #onAttack: (attack: LoginAttack) => void;
  readonly #now: () => number;
  /** By network, the one that failed first in front. */
  readonly #failing = new Map<string, Window>();
  readonly #letIn = new Set<string>();
  #overall: Window & { isTold: boolean } = { endsAtMs: 0, failures: 0, isTold: false };
  #failed = 0;
  #refused = 0;

  constructor(tokens: Tokens, limits: LoginLimits, onAttack: (attack: LoginAttack) => void, now = steadyNowMs) {
    this.#tokens = tokens;
    this.#limits = limits;
    this.#onAttack = onAttack;
    this.#now = now;
  }

  /** Since the start. */
  get counts(): { readonly failed: number; readonly refused: number } {
    return { failed: this.#failed, refused: this.#refused };
  }

  /** Who presents this token from there. Throws FF_API_UNAUTHORIZED, or FF_API_TOO_MANY_LOGINS. */
  authenticate(token: string, address: string): Caller {
    const network = networkOf(address);
    const client = `${network} ${hashOf(token).toString("base64")}`;
    const nowMs = this.#now();
    const waitMs = this.#waitMs(network, nowMs);
    let caller: Caller;
    try {
      caller = this.#tokens.authenticate(token);
    } catch (error) {
      if (waitMs > 0) throw this.#refuse(address, waitMs);
      this.#fail(network, nowMs);
      throw error;
    }
    if (waitMs > 0 && !this.#letIn.has(client)) throw this.#refuse(address, waitMs);
    this.#remember(client);
    return caller;
  }

  /** How long the network is refused yet; 0 when it is not. */
  #waitMs(network: string, nowMs: number): number {
    if (this.#overall.endsAtMs <= nowMs) {
      this.#overall = { endsAtMs: nowMs + this.#limits.windowMs, failures: 0, isTold: false };
    }
    const window = this.#failing.get(network);
    if (window === undefined || window.endsAtMs <= nowMs) return 0;
    const isGeneral = this.#overall.failures >= this.#limits.failuresMax;
    const allowed = isGeneral ? 1 : this.#limits.failuresPerAddressMax;
    return window.failures >= allowed ? window.endsAtMs - nowMs : 0;
  }

  #fail(network: string, nowMs: number): void {
    this.#failed++;
    this.#overall.failures++;
    const window = this.#failing.get(network);
    if (window && window.endsAtMs > nowMs) {
      window.failures++;
      return;
    }
    this.#failing.delete(network);
    this.#failing.set(network, { endsAtMs: nowMs + this.#limits.windowMs, failures: 1 });
    if (this.#failing.size > addressesMax) this.#failing.delete(this.#failing.keys().next().value!);
  }

  #refuse(address: string, waitMs: number): TooManyLogins {
    this.#refused++;
    if (!this.#overall.isTold) {
      this.#overall.isTold = true;
      this.#onAttack({ address, failures: this.#overall.failures });
    }
    return new TooManyLogins(waitMs);
  }

  #remember(client: string): void {
    this.#letIn.delete(client);
    this.#letIn.add(client);
    if (this.#letIn.size > clientsMax) this.#letIn.delete(this.#letIn.keys().next().value!);
  }
}
