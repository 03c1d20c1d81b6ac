// Who may call a gateway, who did, and whose artefacts it runs, as it travels over the API.

import type { FlowName, Role } from "@flowfusion/graph";

/** Who is signed in. */
export interface SessionInfo {
  readonly name: string;
  readonly role: Role;
  /** To be sent as X-CSRF-Token with each write; absent without a session. */
  readonly csrf?: string;
  /** ISO 8601, UTC. */
  readonly endsAt?: string;
}

export interface TokenRequest {
  readonly name: string;
  readonly role: Role;
  /** ISO 8601, UTC; absent for a token that does not expire. */
  readonly expiresAt?: string;
}

export interface TokenInfo extends TokenRequest {
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface NewToken extends TokenInfo {
  /** In clear, this once. */
  readonly token: string;
}

/** One write, or one that was refused. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly who: string;
  readonly role: string;
  readonly remote: string;
  /** The operationId of the route. */
  readonly action: string;
  readonly target: string;
  readonly status: number;
  readonly requestId: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly previous: string;
  readonly hash: string;
}

export interface AuditVerdict {
  readonly isIntact: boolean;
  /** The first entry that is not as it was written; where the newest are gone, the newest that there was. */
  readonly brokenAt?: number;
}

/** A DSSE envelope: a publisher's signed word that an artefact is a release of a flow. */
export interface ReleaseBundle {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export interface ReleaseInfo {
  readonly flow: FlowName;
  readonly release: number;
  /** The id of the key that signed. */
  readonly publisher: string;
}
