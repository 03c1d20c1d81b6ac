// The command line. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

import { reasonOf } from "@flowfusion/graph";
import { commands } from "./commands.ts";
import { dispatch } from "./dispatch.ts";

// Whoever reads the output may have seen enough: `flowfusion … | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`flowfusion: the output cannot be written: ${reasonOf(error)}\n`);
  process.exit(1);
});
// Nobody is left to be told.
process.stderr.on("error", () => process.exit(1));

const [first, ...rest] = process.argv.slice(2);
const isVersion = first === "--version" || first === "-v" || first === "-V";
process.exitCode = await dispatch("flowfusion", commands, isVersion ? ["version", ...rest] : process.argv.slice(2));
