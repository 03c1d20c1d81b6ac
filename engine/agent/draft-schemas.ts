// The shapes of drafts: a graph to be fused here, its progress, and what it would do.

import type { GraphDocument, MessageDocument } from "@flowfusion/graph";
import type { Static } from "typebox";
import * as Type from "typebox";
import { Cause, Count, closed } from "./basic-schemas.ts";
import { DigestText, List, Problem } from "./schemas.ts";

export const DraftBody = Type.Object(
  {
    graph: Type.Unsafe<GraphDocument>(
      Type.Unknown({
        description: "Nodes and wires as people write them; what is wrong with them is told with its path.",
      }),
    ),
  },
  closed,
);

const FusePhase = Type.Object({
  phase: Type.Union([Type.Literal("check"), Type.Literal("link"), Type.Literal("optimise"), Type.Literal("verify")], {
    description:
      "check: the graph against its modules, expressions compiled, nodes configured; link: glue and nodes in one module; optimise: that module optimised; verify: the artefact read and metered as a deploy does.",
  }),
  ms: Type.Number(),
  sizeBytes: Type.Integer({ minimum: 0, description: "Of what the phase gave." }),
});

export const FusedDraft = Type.Object({
  artefact: DigestText,
  sizeBytes: Count,
  graphDigest: DigestText,
  nodes: Count,
  wires: Count,
  phases: List(FusePhase),
});
export type FusedDraft = Static<typeof FusedDraft>;

export const DraftEvent = Type.Union([
  Type.Object({ kind: Type.Literal("phase"), ...FusePhase.properties }),
  Type.Object({ kind: Type.Literal("fused"), ...FusedDraft.properties }),
  Type.Object({ kind: Type.Literal("failed"), problem: Problem }),
]);
export type DraftEvent = Static<typeof DraftEvent>;

export const CompareBody = Type.Object(
  {
    artefact: DigestText,
    updates: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, default: 10_000, description: "The newest so many." }),
    ),
  },
  closed,
);

const Message = Type.Unsafe<MessageDocument>(Type.Object({ topic: Type.String() }));
const Trap = Type.Object({
  node: Type.Optional(Type.String()),
  cause: Cause,
  message: Type.Optional(Message),
});
const DeadLetters = Type.Object(
  { count: Count, first: Type.Optional(Trap) },
  { description: "Messages that the flow died of, and went on without." },
);

export const ReplayQuery = Type.Object({ artefact: DigestText }, closed);

export const Comparison = Type.Object({
  updates: Type.Integer({ minimum: 0, description: "Tag updates that both flows were given." }),
  recorded: Type.Integer({
    minimum: 0,
    description: "More than `updates` when the time did not suffice for all.",
  }),
  from: Type.Optional(Type.String({ description: "Time of the first, ISO 8601." })),
  to: Type.Optional(Type.String({ description: "Time of the last, ISO 8601." })),
  isEqual: Type.Boolean(),
  sinks: List(
    Type.Object({
      node: Type.String(),
      before: Type.Optional(Type.Integer({ description: "Messages; absent where the flow has no such sink." })),
      after: Type.Optional(Count),
      difference: Type.Optional(
        Type.Object(
          { index: Count, before: Type.Optional(Message), after: Type.Optional(Message) },
          { description: "The first message that differs; a side is absent where the flow emits nothing there." },
        ),
      ),
    }),
  ),
  deadLettersBefore: Type.Optional(DeadLetters),
  deadLettersAfter: DeadLetters,
  trapBefore: Type.Optional(Trap),
  trapAfter: Type.Optional(Trap),
});
