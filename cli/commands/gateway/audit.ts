// flowfusion gateway audit: who changed what on a gateway that runs.

import type { AuditEntry, GatewayClient } from "@flowfusion/client";
import { type Command, exitCodes, noPositionals, parseCount, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { tableLines } from "../../table.ts";

const PAGE_ITEMS = 200;

export const auditCommand: Command = {
  help: `Usage: flowfusion gateway audit [--last COUNT] [--verify] [--json]

Shows the newest entries of the audit log, oldest first: every write, and who made it.

Options:
      --last COUNT      how many entries (default: 50)
      --verify          have the gateway recompute the chain of hashes; exit code 1 when it is broken
${gatewayOptionsHelp}
      --json            print one JSON line for each entry, or for the verdict
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      last: { type: "string", default: "50" },
      verify: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const client = gatewayClient(values);
    if (values.verify) {
      const verdict = await client.auditVerdict();
      const { isIntact, brokenAt } = verdict;
      const text = isIntact
        ? "The audit log is as it was written."
        : `The audit log was changed at or before entry ${brokenAt}.`;
      process.stdout.write(`${values.json ? JSON.stringify(verdict) : text}\n`);
      return isIntact ? exitCodes.ok : exitCodes.failed;
    }
    const entries = await lastEntries(client, parseCount("--last", values.last));
    const lines = values.json
      ? entries.map((entry) => JSON.stringify(entry))
      : tableLines([heading, ...entries.map(row)]);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return exitCodes.ok;
  },
};

const heading = ["entry", "when", "who", "role", "action", "on", "answer"];

function row({ seq, at, who, role, action, target, status }: AuditEntry): (string | number)[] {
  return [seq, at, who, role, action, target, status];
}

async function lastEntries(client: GatewayClient, count: number): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const limit = Math.min(PAGE_ITEMS, count - entries.length);
    if (limit <= 0) break;
    const { items, next } = await client.audit({ limit, ...(after !== undefined && { after }) });
    entries.push(...items);
    after = next;
  } while (after !== undefined);
  return entries.toReversed();
}
