// Bearer tokens. A token is never kept: the store holds its sha256, and what a caller presents is hashed and compared in
// constant time with every token there is, so that neither the answer nor its time tells how near a guess was. A plain hash
// is enough, as the tokens are long and drawn at random.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { FlowFusionError, type Role } from "@flowfusion/graph";
import type { TokenRow, TokenTable } from "../store/token-table.ts";

/** The token that the gateway is started with, or that it draws at its first start. */
const FIRST_TOKEN = "admin";
const GIVEN_CHARS_MIN = 16;
/** Each call is compared with all of them. */
const TOKENS_MAX = 256;

/** Who calls. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

export interface TokenDraft {
  readonly name: string;
  readonly role: Role;
  /** ISO 8601; absent for one that does not expire. */
  readonly expiresAt?: string | undefined;
}

/** Throws FF_GATEWAY_TOKEN for a token that is too short, or that a header cannot carry. */
export function demandUsable(token: string): void {
  if (token.length >= GIVEN_CHARS_MIN && /^[A-Za-z0-9._~+/-]+=*$/.test(token)) return;
  throw new FlowFusionError(
    "FF_GATEWAY_TOKEN",
    `the token has ${token.length} characters; at least ${GIVEN_CHARS_MIN} of A-Z a-z 0-9 . _ ~ + / - are needed`,
  );
}

export class Tokens {
  readonly #table: TokenTable;
  readonly #now: () => number;
  /** All rows, read anew after each change: a call costs no query. */
  #rows: readonly TokenRow[];

  constructor(table: TokenTable, now: () => number = Date.now) {
    this.#table = table;
    this.#now = now;
    this.#rows = table.all();
  }

  /**
   * Decides the first token: the one given (which replaces an earlier one, and is no other's), else the one of an earlier start, else a new
   * one. Returns it in clear where it is known, which for an earlier start's it is not.
   */
  establish(given: string | undefined): string | undefined {
    const hasFirst = this.#rows.some(({ name }) => name === FIRST_TOKEN);
    if (given !== undefined) {
      demandUsable(given);
      const row = this.#row({ name: FIRST_TOKEN, role: "admin" }, given, "the gateway's start");
      this.#demandOwn(row);
      const known = this.#rows.find(({ name }) => name === FIRST_TOKEN);
      // Where nothing changed nothing is written, so that a gateway starts on a full disk too.
      if (!known || known.role !== row.role || !Buffer.from(known.hash).equals(row.hash)) {
        this.#table.replace(row);
        this.#reload();
      }
      return given;
    }
    return hasFirst || this.#hasAdmin(this.#rows)
      ? undefined
      : this.create({ name: FIRST_TOKEN, role: "admin" }, "the gateway's start");
  }

  list(): readonly TokenRow[] {
    return this.#rows;
  }

  /** Draws a token and returns it in clear, this once. */
  create(draft: TokenDraft, by: string): string {
    if (draft.expiresAt !== undefined && !(Date.parse(draft.expiresAt) > this.#now())) {
      throw new FlowFusionError("FF_TOKEN_INVALID", `token ${draft.name} would have expired at ${draft.expiresAt}`);
    }
    if (this.#rows.length >= TOKENS_MAX) {
      throw new FlowFusionError("FF_TOKEN_INVALID", `there are ${this.#rows.length} tokens, ${TOKENS_MAX} allowed`);
    }
    const clear = `ff_${randomBytes(32).toString("base64url")}`;
    if (!this.#table.insert(this.#row(draft, clear, by))) {
      throw new FlowFusionError(
        "FF_TOKEN_INVALID",
        `there is a token ${draft.name}; revoke it first or choose another name`,
      );
    }
    this.#reload();
    return clear;
  }

  /** Returns false when there is none. An admin that does not expire always stays. */
  revoke(name: string): boolean {
    const rest = this.#rows.filter((row) => row.name !== name);
    if (rest.length === this.#rows.length) {
      return false;
    }
    if (this.#hasAdmin(this.#rows) && !this.#hasAdmin(rest)) {
      throw new FlowFusionError(
        "FF_TOKEN_INVALID",
        `token ${name} is the last admin that does not expire; without one nobody could make another`,
      );
    }
    this.#table.remove(name);
    this.#reload();
    return true;
  }

  /** Who presents this token; throws FF_API_UNAUTHORIZED. */
  authenticate(token: string): Caller {
    return this.callerOf(hashOf(token));
  }

  /** Whose token has this hash; throws FF_API_UNAUTHORIZED when none has or the token expired. */
  callerOf(hash: Uint8Array): Caller {
    let found: TokenRow | undefined;
    for (const row of this.#rows) {
      if (timingSafeEqual(hash, row.hash)) {
        found = row;
      }
    }
    if (found === undefined) {
      throw new FlowFusionError("FF_API_UNAUTHORIZED", "the token is not valid on this gateway");
    }
    return this.#live(found);
  }

  #live({ name, role, expiresAt }: TokenRow): Caller {
    if (expiresAt !== undefined && Date.parse(expiresAt) <= this.#now()) {
      throw new FlowFusionError("FF_API_UNAUTHORIZED", `token ${name} expired at ${expiresAt}`);
    }
    return { name, role };
  }

  /** Throws FF_GATEWAY_TOKEN where another has the same: whoever presents it would be one of the two, and nobody the other. */
  #demandOwn({ name, hash }: TokenRow): void {
    const other = this.#rows.find((row) => row.name !== name && timingSafeEqual(hash, row.hash));
    if (other === undefined) return;
    throw new FlowFusionError(
      "FF_GATEWAY_TOKEN",
      `the token is that of ${other.name}, which is ${other.role} here; the gateway's start needs one of its own`,
    );
  }

  #hasAdmin(rows: readonly TokenRow[]): boolean {
    return rows.some(({ role, expiresAt }) => role === "admin" && expiresAt === undefined);
  }

  #row({ name, role, expiresAt }: TokenDraft, clear: string, createdBy: string): TokenRow {
    const createdAt = new Date(this.#now()).toISOString();
    return { name, role, expiresAt, hash: hashOf(clear), createdAt, createdBy };
  }

  #reload(): void {
    this.#rows = this.#table.all();
  }
}

export function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
