// flowfusion connection put: declares a connection, or changes one.

import type { ConnectionChanged, ConnectionRequest } from "@flowfusion/client";
import { type Command, exitCodes, onePositional, readArguments, UsageError } from "../../command.ts";
import { readInput } from "../../files.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { readSecrets } from "../../secret-options.ts";

const help = `Usage: flowfusion connection put NAME --kind KIND --url URL [--username NAME] [--secret NAME=FILE ... | --no-secrets] [--json]

Declares where sinks may send to and as whom; one of the same name is changed, and the flows that name it go on with the change.
Secrets are read from files, so that none stands in a shell's history. Those that are given take the place of all before; where none
is given they stay, as long as the URL leads to the same place. Takes an admin's token. Exit code 1
when a flow does not take the change.

Options:
      --kind KIND       mqtt, http, nats
      --url URL         without credentials; mqtts://, https:// and tls:// are encrypted
      --username NAME   as whom to log in
      --secret NAME=FILE
                        password, token, key (of --tls-cert), or headers.HEADER for http; may be given several times
      --no-secrets      drop those that it has
      --tls-ca FILE     authorities to trust in place of the public ones, PEM
      --tls-cert FILE   the certificate to show, PEM
      --tls-server-name NAME
                        the name in the endpoint's certificate, where that is not the URL's host
${gatewayOptionsHelp}
      --json            print one JSON document
  -h, --help            print this help
`;

const kinds = ["mqtt", "http", "nats"] as const;

export const connectionPutCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      kind: { type: "string" },
      url: { type: "string" },
      username: { type: "string" },
      secret: { type: "string", multiple: true, default: [] },
      "no-secrets": { type: "boolean", default: false },
      "tls-ca": { type: "string" },
      "tls-cert": { type: "string" },
      "tls-server-name": { type: "string" },
      json: { type: "boolean", default: false },
    });
    const name = onePositional(positionals, "NAME");
    const kind = kinds.find((known) => known === values.kind);
    if (kind === undefined) throw new UsageError(`--kind is one of ${kinds.join(", ")}`);
    if (values.url === undefined) throw new UsageError("--url is missing");
    const isBare = values["no-secrets"];
    if (isBare && values.secret.length > 0) throw new UsageError("--secret and --no-secrets exclude each other");
    const request: ConnectionRequest = {
      ...{ kind, url: values.url },
      ...(values.username !== undefined && { username: values.username }),
      ...(await tlsOf(values)),
      ...((isBare || values.secret.length > 0) && { secrets: withHeaders(await readSecrets(values.secret)) }),
    };
    const client = gatewayClient(values);
    const before = await client.getConnection(name);
    const changed = await client.putConnection(name, { ...request, expected: before?.generation ?? "absent" });
    process.stdout.write(values.json ? `${JSON.stringify(changed)}\n` : described(changed));
    for (const { flow, reason } of changed.failed)
      process.stderr.write(`flow ${flow} goes on with it as it was: ${reason}\n`);
    return changed.failed.length === 0 ? exitCodes.ok : exitCodes.failed;
  },
};

interface TlsValues {
  readonly "tls-ca"?: string | undefined;
  readonly "tls-cert"?: string | undefined;
  readonly "tls-server-name"?: string | undefined;
}

async function tlsOf({ "tls-ca": ca, "tls-cert": cert, "tls-server-name": serverName }: TlsValues) {
  const text = async (path: string) => new TextDecoder().decode(await readInput(path));
  const tls = {
    ...(ca !== undefined && { ca: await text(ca) }),
    ...(cert !== undefined && { cert: await text(cert) }),
    ...(serverName !== undefined && { serverName }),
  };
  return Object.keys(tls).length > 0 && { tls };
}

/** `headers.X-API-Key` is the header of that name; what is no secret of a connection, the gateway refuses by name. */
function withHeaders(secrets: Readonly<Record<string, string>>): NonNullable<ConnectionRequest["secrets"]> {
  const prefix = "headers.";
  const isHeader = ([name]: readonly [string, string]) => name.startsWith(prefix);
  const headers = Object.entries(secrets).filter(isHeader);
  return {
    ...Object.fromEntries(Object.entries(secrets).filter((entry) => !isHeader(entry))),
    ...(headers.length > 0 && {
      headers: Object.fromEntries(headers.map(([name, value]) => [name.slice(prefix.length), value])),
    }),
  };
}

function described({ name, generation, reconnected }: ConnectionChanged): string {
  const flows = reconnected.length === 0 ? "" : `; it is what ${reconnected.join(", ")} sends with now`;
  return `connection ${name} is at generation ${generation}${flows}\n`;
}
