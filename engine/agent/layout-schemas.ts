// The shape of a layout: where nodes are drawn.

import { graphLimits } from "@flowfusion/graph";
import type { Static } from "typebox";
import * as Type from "typebox";
import { closed, Instant } from "./basic-schemas.ts";
import { Generation } from "./schemas.ts";

/** Far beyond any canvas, and exact in every number format. */
const COORDINATE_MAX = 1_000_000;
const Coordinate = Type.Number({ minimum: -COORDINATE_MAX, maximum: COORDINATE_MAX });

export const LayoutBody = Type.Object(
  {
    nodes: Type.Record(
      Type.String({ pattern: "^[a-z][a-z0-9_-]{0,62}$" }),
      Type.Object({ x: Coordinate, y: Coordinate }, closed),
      {
        ...closed,
        maxProperties: graphLimits.nodesMax,
        description:
          "By node id: its left upper corner, in pixels at full size. Nodes that are not in the graph do no harm.",
      },
    ),
  },
  closed,
);
export type LayoutBody = Static<typeof LayoutBody>;

export const Layout = Type.Object({
  ...LayoutBody.properties,
  generation: Generation,
  changedAt: Instant,
  changedBy: Type.String(),
});
export type Layout = Static<typeof Layout>;
