// What the shapes of all areas of the control API are made of.

import { trapCauses } from "@flowfusion/graph";
import * as Type from "typebox";

export const closed = { additionalProperties: false } as const;
export const Count = Type.Integer({ minimum: 0 });
export const Cause = Type.Enum(trapCauses, {
  description:
    "Why a flow stopped: `trap`: the node's own code trapped; `fuel`: it used up its fuel; `stack`: it called itself too deeply; `outbox_overflow`: it emitted more for one message than fits; `invalid_emission`: what it emitted is no message, or for no port; `invalid_input`: it was given what is no message.",
});
export const Instant = Type.String({ description: "ISO 8601, UTC." });
