// What would be lost with the gateway's process now, in words.

import type { InMemoryAlone } from "@flowfusion/client";

/** `state of 3 flows`, `list of deploys`. */
export function inMemoryAloneText({ what, flows }: InMemoryAlone): string {
  const of = `of ${flows} ${flows === 1 ? "flow" : "flows"}`;
  const texts = { state: `state ${of}`, dead_letters: `dead letters ${of}`, deployments: "list of deploys" };
  return texts[what];
}
