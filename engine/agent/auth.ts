// Who may call the API. A token is never kept: the store holds its sha256, and what a caller presents is hashed and
// compared in constant time. A plain hash is enough, as the tokens are long and drawn at random.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { FlowFusionError } from "@flowfusion/graph";
import type { Store } from "../store/store.ts";

/** The one principal that there is so far. */
const ADMIN = "admin";
const TOKEN_CHARS_MIN = 16;

export interface Authenticator {
  /** The name of who presents this Authorization header; throws FF_API_UNAUTHORIZED. */
  authenticate(authorization: string | undefined): string;
}

/**
 * Decides the admin token: the one given (which replaces an earlier one), else the one of an earlier start, else a new
 * one. Returns it in clear where it is known, which for an earlier start's it is not.
 */
export function establishToken(store: Store, given: string | undefined): string | undefined {
  if (given !== undefined) {
    if (given.length < TOKEN_CHARS_MIN || !/^[A-Za-z0-9._~+/-]+=*$/.test(given)) {
      throw new FlowFusionError(
        "FF_GATEWAY_TOKEN",
        `the token has ${given.length} characters; at least ${TOKEN_CHARS_MIN} of A-Z a-z 0-9 . _ ~ + / - are needed`,
      );
    }
    store.setTokenHash(ADMIN, hash(given));
    return given;
  }
  if (store.tokenHash(ADMIN) !== undefined) {
    return undefined;
  }
  const drawn = `ff_${randomBytes(32).toString("base64url")}`;
  store.setTokenHash(ADMIN, hash(drawn));
  return drawn;
}

export function authenticator(store: Store): Authenticator {
  const expected = store.tokenHash(ADMIN);
  return {
    authenticate(authorization) {
      const token = /^Bearer +([^\s]+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined) {
        throw new FlowFusionError("FF_API_UNAUTHORIZED", "the request has no Authorization: Bearer header");
      }
      if (expected === undefined || !timingSafeEqual(hash(token), expected)) {
        throw new FlowFusionError("FF_API_UNAUTHORIZED", "the bearer token is not valid on this gateway");
      }
      return ADMIN;
    },
  };
}

function hash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
