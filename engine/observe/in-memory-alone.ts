// What would be lost with the process now, because the disk does not take it: it is told wherever people look, since flows
// run on as if nothing were.
import type { FlowStats } from "@flowfusion/graph";

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
  flows: readonly Pick<FlowStats, "checkpointError" | "deadLetterError">[],
  deploymentsError: string | undefined,
): readonly InMemoryAlone[] {
  const of = (what: KeptThing, errors: readonly (string | undefined)[]): readonly InMemoryAlone[] => {
    const [reason, ...more] = errors.filter((error) => error !== undefined);
    return reason === undefined ? [] : [{ what, flows: what === "deployments" ? 0 : more.length + 1, reason }];
  };
  return [
    ...of(
      "state",
      flows.map(({ checkpointError }) => checkpointError),
    ),
    ...of(
      "dead_letters",
      flows.map(({ deadLetterError }) => deadLetterError),
    ),
    ...of("deployments", [deploymentsError]),
  ];
}
