// What the form of a connection holds, as the gateway takes it. Pure.

import type { ConnectionRequest } from "@flowfusion/client";

export const secretNames = {
  mqtt: ["password", "key"],
  http: ["password", "token", "key"],
  nats: ["password", "token", "key"],
} as const satisfies { readonly [kind in ConnectionRequest["kind"]]: readonly string[] };

export interface ConnectionForm {
  readonly kind: ConnectionRequest["kind"];
  readonly url: string;
  readonly username: string;
  readonly ca: string;
  readonly cert: string;
  readonly serverName: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** Those of before stay; the gateway takes all of them anew, or none. */
  readonly keepsSecrets: boolean;
}

/** What is left empty is not said. */
export function requestOf({ kind, url, keepsSecrets, ...form }: ConnectionForm): ConnectionRequest {
  const tls = said({ ca: form.ca, cert: form.cert, serverName: form.serverName });
  const names: readonly string[] = secretNames[kind];
  const secrets = said(Object.fromEntries(Object.entries(form.secrets).filter(([name]) => names.includes(name))));
  return {
    ...{ kind, url },
    ...said({ username: form.username }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(!keepsSecrets && { secrets }),
  };
}

const said = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
