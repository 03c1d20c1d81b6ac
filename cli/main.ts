// The command line. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

import { commands } from "./commands.ts";
import { dispatch } from "./dispatch.ts";

// Whoever reads the output may have seen enough: `flowfusion … | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const [first, ...rest] = process.argv.slice(2);
const isVersion = first === "--version" || first === "-v" || first === "-V";
process.exitCode = await dispatch("flowfusion", commands, isVersion ? ["version", ...rest] : process.argv.slice(2));
