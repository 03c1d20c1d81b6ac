// What the shapes of all areas of the control API are made of.

import * as Type from "typebox";

export const closed = { additionalProperties: false } as const;
export const Count = Type.Integer({ minimum: 0 });
export const Instant = Type.String({ description: "ISO 8601, UTC." });
