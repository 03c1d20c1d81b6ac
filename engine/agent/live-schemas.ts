// The shapes of what is told live: rates since the update before, and what messages did on their way.

import type { Static } from "typebox";
import * as Type from "typebox";
import { Count, Instant } from "./basic-schemas.ts";
import { Condition, DigestText, FlowNameText, Generation, List, Mode, TraceStep } from "./schemas.ts";

const Rate = Type.Number({ minimum: 0, description: "Messages a second since the update before." });

const FlowRates = Type.Object({
  name: FlowNameText,
  condition: Condition,
  mode: Mode,
  inPerS: Rate,
  outPerS: Rate,
  droppedPerS: Rate,
  dropped: Type.Integer({
    minimum: 0,
    description: "In front of the flow, by its circuit breaker and by its sinks, since the flow was placed.",
  }),
  queued: Count,
  traps: Type.Integer({ minimum: 0, description: "Since the flow was placed." }),
  deadLetters: Count,
  deadLettersKept: Type.Integer({ minimum: 0, description: "Of them those that can be looked at." }),
  executeP50Us: Type.Number(),
  executeP99Us: Type.Number(),
});

export const LiveUpdate = Type.Object({
  at: Instant,
  tagsPerS: Type.Number({ minimum: 0, description: "Tag updates that came in." }),
  socketToSinkQueueP50Us: Type.Number(),
  socketToSinkQueueP99Us: Type.Number(),
  flows: List(FlowRates, { description: "Those that run, by name." }),
});
export type LiveUpdate = Static<typeof LiveUpdate>;

export const LiveFlow = Type.Object({
  at: Instant,
  ...FlowRates.properties,
  generation: Generation,
  digest: DigestText,
  nodes: List(
    Type.Object({
      node: Type.String(),
      inPerS: Rate,
      outPerS: List(Rate, { description: "By output: what each of its wires carries." }),
      traps: Count,
      fuelPerMessage: Type.Optional(
        Type.Number({
          description: "Units of fuel of its own code, of the runs that were profiled since the update before.",
        }),
      ),
    }),
  ),
  sinks: List(
    Type.Object({
      node: Type.String(),
      sentPerS: Rate,
      droppedPerS: Rate,
      queued: Count,
      lastError: Type.Optional(Type.String()),
    }),
  ),
  isSampled: Type.Boolean({ description: "False: no steps can be shown, because modules are missing." }),
  missingModules: List(DigestText, { description: "To be uploaded before steps can be shown." }),
  steps: List(TraceStep, { description: "Of samples, in development mode of all messages, since the update before." }),
});
export type LiveFlow = Static<typeof LiveFlow>;
