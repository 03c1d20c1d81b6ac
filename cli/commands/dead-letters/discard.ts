// flowfusion dead-letters discard.

import { type Command, exitCodes } from "../../command.ts";
import { chosenLettersHelp, readChosenLetters } from "../../dead-letters.ts";
import { gatewayClient } from "../../gateway-client.ts";

const help = `Usage: flowfusion dead-letters discard FLOW (--id N ... | --all) [--json]

Throws dead letters away.

${chosenLettersHelp}
`;

export const discardDeadLettersCommand: Command = {
  help,
  async run(args) {
    const { values, flow, ids } = readChosenLetters(args);
    const discarded = await gatewayClient(values).discardDeadLetters(flow, ids);
    process.stdout.write(values.json ? `${JSON.stringify({ discarded })}\n` : `${discarded} discarded\n`);
    return exitCodes.ok;
  },
};
