// Why a message was put aside, as people are told it.

import type { DeadLetter } from "@flowfusion/client";
import { trapCauseTexts } from "@flowfusion/graph";

type Trap = Pick<DeadLetter, "cause" | "detail">;

/** What the engine said beyond the cause, without the node's number; nothing where the cause says it all. */
export const detailOf = ({ cause, detail }: Trap): string =>
  cause === "fuel" ? "" : detail.replace(/^\w+ in node -?\d+: /, "");

export const whyOf = (trap: Trap): string =>
  [trapCauseTexts[trap.cause], detailOf(trap)].filter((text) => text !== "").join(": ");
