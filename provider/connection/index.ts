// Connection: where sinks send to, with credentials, under a name that flows refer to.

import type { ConnectionChanged, ConnectionInfo, ConnectionRequest } from "@flowfusion/client";
import { counted } from "@flowfusion/graph";
import { keptResource, plainSecrets } from "../kept-resource.ts";
import type { Resource } from "../resource.ts";
import { reveal, type WireObject } from "../wire/values.ts";
import { checkConnection } from "./check.ts";
import type { PlannedConnections } from "./planned.ts";

export const connectionSettingNames = ["kind", "url", "username", "tls"] as const;
export const connectionToken = "flowfusion:index:Connection";

export function connectionResource(planned: PlannedConnections): Resource {
  const kept = keptResource<ConnectionInfo, ConnectionInfo | ConnectionChanged>({
    token: connectionToken,
    noun: "connection",
    title: "a Connection",
    settingNames: connectionSettingNames,
    check: checkConnection,
    comparable: withoutEmptyTls,
    settingsOf: ({ kind, url, username, tls }) => ({
      ...{ kind, url },
      ...(username !== undefined && { username }),
      ...(tls !== undefined && { tls: tls as WireObject }),
    }),
    secretsOf: ({ secrets }) => secrets,
    find: (client, name, signal) => client.getConnection(name, signal && { signal }),
    put: (client, name, inputs, { expected }) => client.putConnection(name, { ...requestOf(inputs), expected }),
    remove: (client, name, expected) => client.deleteConnection(name, { expected }),
    problemsOf: () => [],
    async settle(_client, name, live, operation) {
      const { reconnected = [], failed = [] } = live as Partial<ConnectionChanged>;
      if (reconnected.length > 0) operation.report(`connected ${counted(reconnected.length, "flow")} anew`);
      for (const { flow, reason } of failed) {
        operation.warn(`Flow "${flow}" goes on with "${name}" as it was: ${reason}`);
      }
      return [];
    },
  });
  return {
    ...kept,
    preview(news, state, operation) {
      planned.add(news);
      return kept.preview(news, state, operation);
    },
  };
}

/** All secrets always, so that none of before stays. */
function requestOf(inputs: WireObject): ConnectionRequest {
  const { kind, url, username, tls } = reveal(inputs) as WireObject;
  const given = Object.entries({ kind, url, username, tls }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return { ...Object.fromEntries(given), secrets: plainSecrets(inputs) } as unknown as ConnectionRequest;
}

/** `tls: {}` says nothing. */
function withoutEmptyTls({ tls, ...others }: WireObject): WireObject {
  const fields = Object.entries(tls ?? {}).filter(([, value]) => value !== null);
  return { ...others, ...(fields.length > 0 && { tls: Object.fromEntries(fields) as WireObject }) };
}
