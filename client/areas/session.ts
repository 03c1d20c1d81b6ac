// Who is signed in, with a session's cookie or with a token.

import type { SessionInfo } from "../access-types.ts";
import type { CallOptions, Calls } from "../calls.ts";
import { jsonHeaders } from "../requests.ts";

export function sessionCalls(calls: Calls) {
  return {
    /** Signs in with a token. The answer sets the session's cookie, which browsers keep. */
    async openSession(token: string, call: CallOptions = {}): Promise<SessionInfo> {
      const body = JSON.stringify({ token });
      return calls.json({ method: "POST", path: "/v1/session", headers: jsonHeaders, body }, call, false);
    },

    /** Who calls; in a session also the CSRF value that its writes need. */
    async session(call: CallOptions = {}): Promise<SessionInfo> {
      return calls.json({ method: "GET", path: "/v1/session" }, call, true);
    },

    async closeSession(call: CallOptions = {}): Promise<void> {
      await calls.delete("/v1/session", call);
    },
  };
}
