// The command line. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

import { commands } from "./commands.ts";
import { dispatch } from "./dispatch.ts";
import { outputFailed } from "./output.ts";

process.stdout.on("error", (error) => process.exit(outputFailed(error)));
// Nobody is left to be told.
process.stderr.on("error", () => process.exit(1));

const [first, ...rest] = process.argv.slice(2);
const isVersion = first === "--version" || first === "-v" || first === "-V";
process.exitCode = await dispatch("flowfusion", commands, isVersion ? ["version", ...rest] : process.argv.slice(2));
