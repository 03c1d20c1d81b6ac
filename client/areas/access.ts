// Who may do what, and who did.

import type { AuditEntry, AuditVerdict, NewToken, TokenInfo, TokenRequest } from "../access-types.ts";
import type { CallOptions, Calls } from "../calls.ts";
import { jsonHeaders, queryString } from "../requests.ts";
import type { Page, PageQuery } from "../types.ts";

export function accessCalls(calls: Calls) {
  return {
    async listTokens(call: CallOptions = {}): Promise<{ readonly items: readonly TokenInfo[] }> {
      return calls.json({ method: "GET", path: "/v1/tokens" }, call, true);
    },

    /** The answer holds the token in clear, this once; one that got lost has to be revoked. */
    async createToken(request: TokenRequest, call: CallOptions = {}): Promise<NewToken> {
      return calls.json(
        { method: "POST", path: "/v1/tokens", headers: jsonHeaders, body: JSON.stringify(request) },
        call,
        false,
      );
    },

    async revokeToken(name: string, call: CallOptions = {}): Promise<void> {
      await calls.delete(`/v1/tokens/${encodeURIComponent(name)}`, call);
    },

    /** Who changed what, newest first. */
    async audit(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<AuditEntry>> {
      return calls.json({ method: "GET", path: `/v1/audit${queryString(query)}` }, call, true);
    },

    /** Has the gateway recompute the chain of its audit log. */
    async auditVerdict(call: CallOptions = {}): Promise<AuditVerdict> {
      return calls.json({ method: "GET", path: "/v1/audit/verdict" }, call, true);
    },
  };
}
