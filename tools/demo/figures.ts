// What the demo tells at its end.

export interface Summary {
  readonly tagsIn: number;
  readonly tagsOut: number;
  readonly lost: number;
  readonly doubled: number;
  readonly outOfOrder: number;
  readonly swapPauseMs: number;
  readonly flowExecP99Us: number;
  readonly endToEndP99Us: number;
  readonly gatewayRssMb: number;
  readonly flowDigest: string;
}

/** Outputs of the quickstart. */
export interface Swap {
  readonly digest: string;
  readonly swapPauseMs: number;
  readonly stateKept: readonly string[];
}
