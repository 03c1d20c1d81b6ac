// flowfusion dead-letters discard.

import { type Command, exitCodes } from "../../command.ts";
import { chosenLettersHelp, readChosenLetters } from "../../dead-letters.ts";
import { gatewayClient } from "../../gateway-client.ts";

const help = `Usage: flowfusion dead-letters discard FLOW (--id N ... | --all) [--json]

Throws dead letters away.

${chosenLettersHelp}

Exit code 1 when one that is named is not kept.
`;

export const discardDeadLettersCommand: Command = {
  help,
  async run(args) {
    const { values, flow, ids } = readChosenLetters(args);
    const discarded = await gatewayClient(values).discardDeadLetters(flow, ids);
    const absent = ids === undefined ? 0 : new Set(ids).size - discarded;
    const line = `${discarded} discarded${absent > 0 ? `, ${absent} not kept` : ""}`;
    process.stdout.write(`${values.json ? JSON.stringify({ discarded, absent }) : line}\n`);
    return absent > 0 ? exitCodes.failed : exitCodes.ok;
  },
};
