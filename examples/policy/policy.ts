// The rule as a check of what `pulumi preview --json` says, for pipelines that run no policy packs:
//
//   pulumi preview --json | node policy.ts policy.json
//
// Exit codes: 0 all is well, 1 a rule is broken, 2 the check itself could not be made.

import { readFileSync } from "node:fs";
import { type Inputs, type KnownHosts, problemsOf } from "./rules.ts";

interface Step {
  readonly op: string;
  readonly newState?: { readonly type: string; readonly urn: string; readonly inputs: Inputs };
}

const kinds: { readonly [type: string]: string } = { "flowfusion:index:Connection": "connection " };

/** What an up would leave behind that breaks the rule, a line each. */
function violations(rule: KnownHosts, steps: readonly Step[]): string[] {
  const planned = steps.flatMap(({ op, newState }) => (newState === undefined || op === "delete" ? [] : [newState]));
  return planned.flatMap(({ type, urn, inputs }) =>
    problemsOf(type, inputs, rule).map((problem) => `${kinds[type] ?? ""}${urn.split("::").at(-1)}${problem}`),
  );
}

try {
  const config = JSON.parse(readFileSync(process.argv[2] ?? "policy.json", "utf8")) as { "known-hosts"?: KnownHosts };
  const preview = JSON.parse(readFileSync(0, "utf8")) as { readonly steps?: readonly Step[] };
  const rule = config["known-hosts"];
  if (!Array.isArray(rule?.hosts)) throw new Error("the policy has no list of hosts");
  if (preview.steps === undefined) throw new Error("this is no preview; did it fail?");
  const found = violations(rule, preview.steps);
  for (const line of found) console.log(`✗ ${line}`);
  if (found.length === 0) console.log("✓ all sinks send to known hosts");
  process.exitCode = found.length > 0 ? 1 : 0;
} catch (error) {
  console.error(`policy: ${(error as Error).message}`);
  process.exitCode = 2;
}
