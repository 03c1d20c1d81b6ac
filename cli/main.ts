// The command line. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

import { commands } from "./commands.ts";
import { dispatch } from "./dispatch.ts";
import { watchOutput } from "./output.ts";

watchOutput();
const [first, ...rest] = process.argv.slice(2);
const isVersion = first === "--version" || first === "-v" || first === "-V";
process.exitCode = await dispatch("flowfusion", commands, isVersion ? ["version", ...rest] : process.argv.slice(2));
