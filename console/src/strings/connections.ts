// What the page of connections says.

export const connectionsText = {
  title: "Connections",
  table: "Connections of this gateway",
  columns: { name: "Connection", kind: "Kind", url: "Address", secrets: "Secrets", changed: "Changed" },
  actions: "Actions",
  actionsOf: (name: string) => `Actions for ${name}`,
  make: "New connection",
  edit: "Change",
  remove: "Delete",
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: "Its secrets are forgotten. It is refused while a flow sends with it.",
  removed: (name: string) => `${name} is deleted`,
  saved: (name: string) => `${name} is kept, and the flows that name it send with it`,
  notReconnected: (flow: string, reason: string) => `${flow} goes on with it as it was: ${reason}`,
  form: {
    titleNew: "New connection",
    title: (name: string) => `Change ${name}`,
    text: "An endpoint with its credentials, which sinks name. Secrets are sealed on the gateway, and nobody can read them back.",
    name: "Name",
    nameRule: "A lower-case letter, then up to 62 of a-z, 0-9, _ and -",
    kind: "Kind",
    url: "Address",
    urlHelp: "Without user and password.",
    urlWrong: "Give an address such as mqtts://broker.example:8883",
    urlExamples: {
      mqtt: "mqtts://broker.example:8883",
      http: "https://api.example/readings",
      nats: "tls://nats.example:4222",
    },
    username: "User",
    secrets: "Secrets",
    keep: (names: string) => `Keep those that are set: ${names}`,
    secretLabels: { password: "Password", token: "Token", key: "Key of the client's certificate, PEM" },
    secretsReplace: "All that it needs, in place of those of before.",
    headersHelp: "Headers with secrets are declared with Pulumi or over the API.",
    tls: "Certificates",
    ca: "Authorities to trust in place of the public ones, PEM",
    cert: "Certificate of the client, PEM",
    serverName: "Name in the server's certificate",
    serverNameHelp: "Where it is not the host of the address.",
    cancel: "Cancel",
    make: "Make the connection",
    save: "Save",
  },
  secret: (name: string) => `${name} is set`,
  username: (name: string) => `as ${name}`,
  noSecrets: "none",
  tls: "own certificates",
  changedBy: (who: string) => `by ${who}`,
  generation: (count: number) => `generation ${count}`,
  emptyTitle: "No connection is declared",
  emptyText:
    "A connection is an endpoint with its credentials, which sinks name. Secrets go one way: they are sealed on the gateway, and nobody can read them back.",
  emptyCommand: "the command",
} as const;

export const starterCommand = (
  endpoint: string,
): string => `curl --request PUT "${endpoint}/v1/connections/plant-broker" \\
  --header "Authorization: Bearer $FLOWFUSION_TOKEN" \\
  --header "If-None-Match: *" --header "Content-Type: application/json" \\
  --data '{"kind": "mqtt", "url": "mqtts://broker.example:8883",
           "username": "line-4", "secrets": {"password": "…"}}'`;
