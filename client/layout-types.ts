// Where a flow's nodes are drawn, as it travels over the API.

export interface FlowLayout {
  /** By node id: its left upper corner, in pixels at full size. */
  readonly nodes: { readonly [id: string]: { readonly x: number; readonly y: number } };
  readonly generation: number;
  /** ISO 8601, UTC. */
  readonly changedAt: string;
  readonly changedBy: string;
}
