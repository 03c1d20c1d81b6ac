// The client of a page that the gateway itself serves: a session's cookie, which no script can read, and the session's CSRF
// value with each write. Nothing here needs Node.js.

import type { SessionInfo } from "./access-types.ts";
import { areas } from "./areas/index.ts";
import { type CallDefaults, type CallOptions, Calls } from "./calls.ts";
import type { Transport } from "./transport.ts";

export interface SessionClientOptions extends CallDefaults {
  /** Origin of the gateway: that of the page. */
  readonly endpoint: string;
  /** Told when the gateway says that nobody is signed in (any more). */
  readonly onSignedOut?: () => void;
}

export function sessionClient(options: SessionClientOptions) {
  let csrf: string | undefined;
  const transport: Transport = {
    endpoint: options.endpoint,
    credentials: (method) =>
      csrf === undefined || method === "GET" || method === "HEAD" ? {} : { "x-csrf-token": csrf },
    async fetch(url, init) {
      const response = await fetch(url, { ...init, credentials: "same-origin" });
      if (response.status === 401) options.onSignedOut?.();
      return response;
    },
  };
  const opened = (session: SessionInfo): SessionInfo => {
    csrf = session.csrf;
    return session;
  };
  const calls = areas(new Calls(transport, { ...options, tool: "console" }));
  return {
    ...calls,
    /** Takes a token for a session; the token is kept nowhere. */
    openSession: async (token: string, call: CallOptions = {}) => opened(await calls.openSession(token, call)),
    /** The session whose cookie the browser has. Throws FF_API_UNAUTHORIZED without one. */
    session: async (call: CallOptions = {}) => opened(await calls.session(call)),
  };
}

export { GatewayError } from "./errors.ts";
