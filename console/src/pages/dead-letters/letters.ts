// Why a message was put aside, as people are told it.

import type { DeadLetter } from "@flowfusion/client";
import { deadLettersText } from "../../strings/dead-letters.ts";

type Trap = Pick<DeadLetter, "cause" | "detail">;

export const causeOf = ({ cause }: Trap): string => deadLettersText.causes[cause] ?? cause;

/** What the engine said beyond the cause, without the node's number; nothing where the cause says it all. */
export const detailOf = ({ cause, detail }: Trap): string =>
  cause === "fuel" ? "" : detail.replace(/^\w+ in node -?\d+: /, "");

export const whyOf = (trap: Trap): string => [causeOf(trap), detailOf(trap)].filter((text) => text !== "").join(": ");
