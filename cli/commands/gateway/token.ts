// flowfusion gateway token: who may call the API of a gateway that runs.

import { randomBytes } from "node:crypto";
import { roles } from "@flowfusion/graph";
import {
  type Command,
  type CommandGroup,
  exitCodes,
  noPositionals,
  onePositional,
  optionalPositional,
  readArguments,
  UsageError,
} from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { tableLines } from "../../table.ts";

const unitMs: { readonly [unit: string]: number } = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const createCommand: Command = {
  help: `Usage: flowfusion gateway token create [NAME] --role ROLE [--expires TIME] [--json]

Makes a token and prints it, this once. The name is what the logs call who holds it; one is drawn when it is absent.

Options:
      --role ROLE       viewer (reads), operator (deploys too) or admin (makes tokens too)
      --expires TIME    12h, 90d, 4w or a date such as 2027-01-31 (default: never)
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      role: { type: "string" },
      expires: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const role = roles.find((known) => known === values.role);
    if (role === undefined) throw new UsageError(`--role is one of ${roles.join(", ")}`);
    const name = optionalPositional(positionals, "name", `${role}-${randomBytes(3).toString("hex")}`);
    const expiresAt = values.expires === undefined ? undefined : parseEnd(values.expires, Date.now());
    const made = await gatewayClient(values).createToken({ name, role, ...(expiresAt !== undefined && { expiresAt }) });
    const end = made.expiresAt === undefined ? "does not expire" : `expires at ${made.expiresAt}`;
    process.stdout.write(
      values.json
        ? `${JSON.stringify(made)}\n`
        : `${made.token}\nToken ${made.name}, ${made.role}, ${end}. Keep it now: it is not shown again.\n`,
    );
    return exitCodes.ok;
  },
};

const listCommand: Command = {
  help: `Usage: flowfusion gateway token list [--json]

Lists the tokens by name; what they are is kept nowhere.

Options:
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const { items } = await gatewayClient(values).listTokens();
    const rows = items.map(({ name, role, expiresAt, createdAt, createdBy }) => [
      name,
      role,
      expiresAt ?? "never",
      createdAt,
      createdBy,
    ]);
    const lines = tableLines([["name", "role", "expires", "made", "by"], ...rows]);
    process.stdout.write(values.json ? `${JSON.stringify(items)}\n` : `${lines.join("\n")}\n`);
    return exitCodes.ok;
  },
};

const revokeCommand: Command = {
  help: `Usage: flowfusion gateway token revoke NAME [--json]

Revokes a token. It and the sessions that it opened end at once.

Options:
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const name = onePositional(positionals, "name");
    await gatewayClient(values).revokeToken(name);
    process.stdout.write(values.json ? `${JSON.stringify({ revoked: name })}\n` : `Token ${name} is revoked.\n`);
    return exitCodes.ok;
  },
};

export const tokenCommands: CommandGroup = {
  commands: [
    { name: "create", summary: "make a token with a role and an end", load: async () => createCommand },
    { name: "list", summary: "list the tokens by name", load: async () => listCommand },
    { name: "revoke", summary: "revoke a token, at once", load: async () => revokeCommand },
  ],
};

/** The instant that a span from now or a date ends at. */
function parseEnd(text: string, nowMs: number): string {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(text);
  const atMs = count === undefined ? (isDate ? Date.parse(text) : Number.NaN) : nowMs + Number(count) * unitMs[unit!]!;
  if (Number.isNaN(atMs)) throw new UsageError(`--expires ${text}: 12h, 90d, 4w or a date expected`);
  return new Date(atMs).toISOString();
}
