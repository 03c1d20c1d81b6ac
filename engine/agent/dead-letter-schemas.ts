// The shapes of messages that stopped a flow, and of what is done with them.

import type { Static } from "typebox";
import * as Type from "typebox";
import { Cause, Count, closed, Instant } from "./basic-schemas.ts";
import { List, Message, next } from "./schemas.ts";

export const DeadLetter = Type.Object({
  id: Count,
  at: Instant,
  node: Type.String({ description: "The node that trapped." }),
  port: Type.Optional(Type.String({ description: "The port that it got the message on, where it has but one." })),
  input: Type.String({ description: "The node through which the message came into the flow." }),
  cause: Cause,
  detail: Type.String(),
  message: Type.Optional(Message),
  base64: Type.String({ description: "Message v1, as far as it is kept." }),
  messageBytes: Count,
});
export type DeadLetter = Static<typeof DeadLetter>;
export const DeadLetterPage = Type.Object({ items: List(DeadLetter), next });
export const DeadLetterIds = Type.Object(
  { ids: Type.Optional(List(Type.Integer({ minimum: 1 }), { maxItems: 1_000, description: "All when absent." })) },
  closed,
);
export const ReplayReport = Type.Object({
  replayed: Count,
  deadAgain: Count,
  refused: List(Type.Object({ id: Count, why: Type.String() })),
});
