// The shapes of who may call the control API and who did: tokens, sessions and the audit log.

import type { Static } from "typebox";
import * as Type from "typebox";
import { closed, Instant } from "./basic-schemas.ts";
import { Generation, List, next } from "./schemas.ts";

const RoleText = Type.Union([Type.Literal("viewer"), Type.Literal("operator"), Type.Literal("admin")], {
  description: "Each may do all that the one before it may.",
});
const TokenName = Type.String({ pattern: "^[a-z][a-z0-9_.-]{0,62}$", description: "What the logs call who holds it." });
export const TokenRequest = Type.Object(
  {
    name: TokenName,
    role: RoleText,
    expiresAt: Type.Optional(
      Type.String({
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?Z$",
        description: "ISO 8601, UTC; absent for a token that does not expire.",
      }),
    ),
  },
  closed,
);
export const TokenInfo = Type.Object({
  name: TokenName,
  role: RoleText,
  expiresAt: Type.Optional(Instant),
  createdAt: Instant,
  createdBy: Type.String(),
});
export type TokenInfo = Static<typeof TokenInfo>;
export const TokenList = Type.Object({ items: List(TokenInfo) });
export const NewToken = Type.Object({
  ...TokenInfo.properties,
  token: Type.String({ description: "In clear, this once." }),
});

export const SessionRequest = Type.Object({ token: Type.String({ minLength: 1, maxLength: 1024 }) }, closed);
export const SessionInfo = Type.Object({
  name: Type.String(),
  role: RoleText,
  csrf: Type.Optional(
    Type.String({ description: "To be sent as X-CSRF-Token with each write; absent without a session." }),
  ),
  endsAt: Type.Optional(Instant),
});
export type SessionInfo = Static<typeof SessionInfo>;

export const AuditEntry = Type.Object({
  seq: Generation,
  at: Instant,
  who: Type.String({ description: "The name of the token." }),
  role: Type.String(),
  remote: Type.String({ description: "The address that the call came from." }),
  action: Type.String({ description: "The operationId of the route." }),
  target: Type.String({ description: "The path of the call, cut after 300 characters." }),
  status: Type.Integer({ description: "Of the answer; 4xx is a write that was refused." }),
  requestId: Type.String(),
  before: Type.Optional(Type.Unknown({ description: "What the write was about, before it." })),
  after: Type.Optional(
    Type.Unknown({
      description:
        "The same, after it; of a deploy that was answered before it was done, the `deployment` that tells; of `sumUpCalls`, how many calls that changed nothing came beyond the token's budget, by action and status.",
    }),
  ),
  previous: Type.String({ description: "The hash of the entry before." }),
  hash: Type.String({ description: "sha256 of this entry and `previous`." }),
});
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = Type.Object({ items: List(AuditEntry), next });
export const AuditVerdict = Type.Object({
  isIntact: Type.Boolean(),
  brokenAt: Type.Optional(
    Type.Integer({
      description:
        "The first entry that is not as it was written; where the newest are gone, the newest that there was.",
    }),
  ),
});
