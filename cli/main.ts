// The command line. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

import { commands } from "./commands.ts";
import { dispatch } from "./dispatch.ts";

// Whoever reads the output may have seen enough: `flowfusion … | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await dispatch("flowfusion", commands, process.argv.slice(2));
