// What the page of connections says.

export const connectionsText = {
  title: "Connections",
  table: "Connections of this gateway",
  columns: { name: "Connection", kind: "Kind", url: "Address", secrets: "Secrets", changed: "Changed" },
  secret: (name: string) => `${name} is set`,
  username: (name: string) => `as ${name}`,
  noSecrets: "none",
  tls: "own certificates",
  changedBy: (who: string) => `by ${who}`,
  generation: (count: number) => `v${count}`,
  emptyTitle: "No connection is declared",
  emptyText:
    "A connection is an endpoint with its credentials, which sinks name. Secrets go one way: they are sealed on the gateway, and nobody can read them back.",
  emptyCommand: "the command",
} as const;

export const starterCommand = (
  endpoint: string,
): string => `curl --request PUT "${endpoint}/v1/connections/plant-broker" \\
  --header "Authorization: Bearer $FLOWFUSION_TOKEN" --header "If-None-Match: *" \\
  --header "Content-Type: application/json" \\
  --data '{"kind": "mqtt", "url": "mqtts://broker.example:8883",
           "username": "line-4", "secrets": {"password": "…"}}'`;
