// Why a message was put aside, as people are told it.

import { trapCauseTexts } from "@flowfusion/graph";
import type { DeadLetter } from "./types.ts";

type Trap = Pick<DeadLetter, "cause" | "detail">;

/** What the engine said beyond the cause, without the node's number; nothing where the cause says it all. */
export const detailOf = ({ cause, detail }: Trap): string =>
  cause === "fuel" ? "" : detail.replace(/^\w+ in node -?\d+: /, "");

export const whyOf = (trap: Trap): string =>
  [trapCauseTexts[trap.cause], detailOf(trap)].filter((text) => text !== "").join(": ");
