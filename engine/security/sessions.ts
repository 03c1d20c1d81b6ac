// Sessions of the web console. A script in a page must never hold a token, as whatever else runs there could read it: the
// page gives its token once and gets a cookie that scripts cannot read and that other sites' pages do not send. A write
// needs, besides, a second value that only a page of this gateway can know, so that a browser which ignores SameSite gives
// nobody a write. Sessions are kept in memory: a restart ends them, and so does revoking their token.

import { randomBytes, timingSafeEqual } from "node:crypto";
import { FlowFusionError } from "@flowfusion/graph";
import { steadyNowMs } from "./steady-clock.ts";
import { type Caller, hashOf, type Tokens } from "./tokens.ts";

const IDLE_MS = 30 * 60 * 1000;
const LIFE_MS = 12 * 60 * 60 * 1000;
/** The oldest of the same token makes room, so that nobody ends the sessions of others. */
const SESSIONS_PER_TOKEN_MAX = 16;

interface Session {
  /** Identifies the token; a new one of the same name is another. */
  readonly tokenHash: Uint8Array;
  readonly csrf: string;
  readonly endsAtMs: number;
  usedAtMs: number;
}

export interface OpenedSession {
  /** For the cookie; kept nowhere. */
  readonly id: string;
  readonly caller: Caller;
  readonly csrf: string;
  readonly endsAtMs: number;
}

export class Sessions {
  readonly #tokens: Tokens;
  readonly #now: () => number;
  /** By the hash of the id, so that looking one up tells nothing about the ids there are. */
  readonly #byHash = new Map<string, Session>();

  constructor(tokens: Tokens, now: () => number = steadyNowMs) {
    this.#tokens = tokens;
    this.#now = now;
  }

  open(token: string): OpenedSession {
    const caller = this.#tokens.authenticate(token);
    const nowMs = this.#now();
    const tokenHash = hashOf(token);
    this.#drop(tokenHash, nowMs);
    const id = randomBytes(32).toString("base64url");
    const csrf = randomBytes(32).toString("base64url");
    const endsAtMs = nowMs + LIFE_MS;
    this.#byHash.set(keyOf(id), { tokenHash, csrf, endsAtMs, usedAtMs: nowMs });
    return { id, caller, csrf, endsAtMs };
  }

  /** Throws FF_API_UNAUTHORIZED. A call keeps the session open. */
  find(id: string): Omit<OpenedSession, "id"> {
    const { session, caller } = this.demand(id);
    session.usedAtMs = this.#now();
    return { caller, csrf: session.csrf, endsAtMs: session.endsAtMs };
  }

  /** As `find`, and keeps it open for no longer. */
  demand(id: string): { readonly session: Session; readonly caller: Caller } {
    const key = keyOf(id);
    const session = this.#byHash.get(key);
    if (session === undefined || isOver(session, this.#now())) {
      this.#byHash.delete(key);
      throw new FlowFusionError("FF_API_UNAUTHORIZED", "the session has ended; sign in again");
    }
    return { session, caller: this.#tokens.callerOf(session.tokenHash) };
  }

  close(id: string): void {
    this.#byHash.delete(keyOf(id));
  }

  /** Those that are over, and as many of the token as leave room for one more. */
  #drop(tokenHash: Uint8Array, nowMs: number): void {
    const ofToken: string[] = [];
    for (const [key, session] of this.#byHash) {
      if (isOver(session, nowMs)) this.#byHash.delete(key);
      else if (timingSafeEqual(session.tokenHash, tokenHash)) ofToken.push(key);
    }
    const tooMany = ofToken.length - (SESSIONS_PER_TOKEN_MAX - 1);
    for (const key of ofToken.slice(0, Math.max(0, tooMany))) this.#byHash.delete(key);
  }
}

/** Throws FF_API_CSRF unless the request came with the session's own value. */
export function demandCsrf(expected: string, given: string | undefined): void {
  if (given === undefined || !timingSafeEqual(hashOf(given), hashOf(expected))) {
    throw new FlowFusionError(
      "FF_API_CSRF",
      "a write in a session needs the X-CSRF-Token that the session was opened with",
    );
  }
}

function isOver({ endsAtMs, usedAtMs }: Session, nowMs: number): boolean {
  return nowMs >= endsAtMs || nowMs - usedAtMs >= IDLE_MS;
}

function keyOf(id: string): string {
  return hashOf(id).toString("base64");
}
