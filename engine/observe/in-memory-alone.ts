// What would be lost with the process now, because the disk does not take it: it is told wherever people look, since flows
// run on as if nothing were.

import type { DiskStats } from "../dataplane/types.ts";

export const keptThings = ["state", "dead_letters", "deployments"] as const;
type KeptThing = (typeof keptThings)[number];

export interface InMemoryAlone {
  readonly what: KeptThing;
  /** How many flows it is of; none where it is the gateway's own. */
  readonly flows: number;
  /** What the disk said to the first of them. */
  readonly reason: string;
}

/** One entry for each thing, none while all is on disk. `deploymentsError`: why the list of deploys is not. */
export function inMemoryAlone(
  { checkpointErrors, deadLetterErrors }: Pick<DiskStats, "checkpointErrors" | "deadLetterErrors">,
  deploymentsError: string | undefined,
): InMemoryAlone[] {
  const of = (what: KeptThing, [reason, ...more]: readonly string[]): InMemoryAlone[] =>
    reason === undefined ? [] : [{ what, flows: more.length + 1, reason }];
  return [
    ...of("state", checkpointErrors),
    ...of("dead_letters", deadLetterErrors),
    ...(deploymentsError === undefined ? [] : [{ what: "deployments" as const, flows: 0, reason: deploymentsError }]),
  ];
}
