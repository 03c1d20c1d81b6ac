// Connections as they travel over the API: endpoints of sinks, whose secrets go one way only.

import type { FlowName } from "@flowfusion/graph";

export interface ConnectionSettings {
  readonly kind: "mqtt" | "http" | "nats";
  /** Without credentials. */
  readonly url: string;
  readonly username?: string;
  /** PEM texts. */
  readonly tls?: {
    /** Authorities to trust in place of the public ones. */
    readonly ca?: string;
    /** The client's certificate; its key is among the secrets. */
    readonly cert?: string;
    /** The name that the server's certificate must have, where that is not the URL's host. */
    readonly serverName?: string;
  };
}

export interface ConnectionRequest extends ConnectionSettings {
  /** All of them, in place of those of before. Absent: those of before stay, where the URL does. */
  readonly secrets?: {
    readonly password?: string;
    readonly token?: string;
    readonly key?: string;
    /** More headers of http requests. */
    readonly headers?: { readonly [name: string]: string };
  };
}

export interface ConnectionInfo extends ConnectionSettings {
  readonly name: string;
  readonly generation: number;
  /** The names of the secrets that it has; never what they are. */
  readonly secrets: readonly string[];
  /** ISO 8601, UTC. */
  readonly changedAt: string;
  readonly changedBy: string;
}

export interface ConnectionChanged extends ConnectionInfo {
  /** Flows whose sinks send with it from now on. */
  readonly reconnected: readonly FlowName[];
  /** Flows that go on with it as it was. */
  readonly failed: readonly { readonly flow: FlowName; readonly reason: string }[];
}
