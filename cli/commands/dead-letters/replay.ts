// flowfusion dead-letters replay.

import { type Command, exitCodes } from "../../command.ts";
import { chosenLettersHelp, readChosenLetters } from "../../dead-letters.ts";
import { gatewayClient } from "../../gateway-client.ts";
import { inLine } from "../../printable.ts";

const help = `Usage: flowfusion dead-letters replay FLOW (--id N ... | --all) [--json]

Gives dead letters to the flow once more. What it dies of again is a dead letter anew.

${chosenLettersHelp}

Exit code 1 when the flow died of one again, or one cannot be replayed.
`;

export const replayDeadLettersCommand: Command = {
  help,
  async run(args) {
    const { values, flow, ids } = readChosenLetters(args);
    const { replayed, deadAgain, refused } = await gatewayClient(values).replayDeadLetters(flow, ids);
    const lines = [
      `${replayed} replayed, ${deadAgain} of them dead again`,
      ...refused.map(({ id, why }) => `${id} stays: ${inLine(why)}`),
    ];
    process.stdout.write(
      values.json ? `${JSON.stringify({ replayed, deadAgain, refused })}\n` : `${lines.join("\n")}\n`,
    );
    return deadAgain + refused.length > 0 ? exitCodes.failed : exitCodes.ok;
  },
};
