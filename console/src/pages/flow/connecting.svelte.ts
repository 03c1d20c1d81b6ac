// The wire that is being drawn: where it began, and at which ports it could end. Ports look it up, so that a canvas of many
// nodes is not made anew for it.

import type { PortEnd, PossibleEnd } from "../../editor/index.ts";

type PortState = "possible" | "refused" | undefined;

class Connecting {
  #states = $state.raw<ReadonlyMap<string, PortState> | undefined>();
  from: PortEnd | undefined;

  begin(from: PortEnd, ends: readonly PossibleEnd[]): void {
    this.from = from;
    this.#states = new Map(ends.map((end) => [keyOf(end), end.refusal === undefined ? "possible" : "refused"]));
  }

  end(): void {
    this.from = undefined;
    this.#states = undefined;
  }

  stateOf(node: string, side: PortEnd["side"], port: string): PortState {
    return this.#states?.get(`${node} ${side} ${port}`);
  }
}

const keyOf = ({ node, side, port }: PortEnd): string => `${node} ${side} ${port}`;

export const connecting = new Connecting();
