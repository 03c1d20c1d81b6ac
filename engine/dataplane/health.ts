// Whether a new version of a flow is as healthy as the one before: traps, drops, output and time, over what the gate
// allows; and what is worth telling of one that is. Pure. Traps and drops tell at once; output and time only when the gate closes, since windows take their time to
// emit and code its time to get fast.

import { counted, trapCauseTexts } from "@flowfusion/graph";
import type { HealthThresholds } from "./types.ts";
import type { Span } from "./vitals.ts";

/** Fewer messages than this tell nothing of output, and fewer calls nothing of time: a busy machine makes some of them long. */
const evidenceMin = 20;
/** Fewer drops than this are no trend. */
const droppedMin = 10;
/** Less than this of the output before is told. */
const worthTellingRatio = 0.1;
/** Faster is fast enough, whatever it was before. µs. */
const executeFineUs = 1_000;

/** What is wrong with the new version; undefined when nothing is. `isLast`: the gate closes now. */
export function faultOf(before: Span, now: Span, limits: HealthThresholds, isLast: boolean): string | undefined {
  return (
    trapFault(before, now, limits) ??
    dropFault(before, now, limits) ??
    (isLast ? (outputFault(before, now, limits) ?? latencyFault(before, now, limits)) : undefined)
  );
}

function trapFault(before: Span, now: Span, { trapsMax }: HealthThresholds): string | undefined {
  const expected = before.ms > 0 ? Math.ceil((before.traps * now.ms) / before.ms) : 0;
  if (now.traps <= expected + trapsMax) return undefined;
  const { node, cause } = now.lastTrap ?? {};
  const last = cause ? ` (the last: ${node ? `node ${node}` : "the flow itself"} ${trapCauseTexts[cause]})` : "";
  return `${counted(now.traps, "trap")} in ${seconds(now.ms)}${last}, ${expected + trapsMax} allowed; ${counted(before.traps, "trap")} in ${seconds(before.ms)} before`;
}

function dropFault(before: Span, now: Span, { droppedShareMax }: HealthThresholds): string | undefined {
  const allowed = shareOf(before) + droppedShareMax;
  if (now.dropped < droppedMin || shareOf(now) <= allowed) return undefined;
  return `${percent(shareOf(now))} of messages dropped, ${percent(allowed)} allowed; ${percent(shareOf(before))} before`;
}

function outputFault(before: Span, now: Span, { outputRatioMin }: HealthThresholds): string | undefined {
  const fall = outputFall(before, now, outputRatioMin);
  return fall && `${fall}; at least ${percent(outputRatioMin)} of it expected`;
}

/** That far less comes out than before, if so: meant or not, whoever deployed may want to know. */
export function noteOf(before: Span, now: Span): string | undefined {
  return outputFall(before, now, worthTellingRatio);
}

function outputFall(before: Span, now: Span, ratioMin: number): string | undefined {
  const takesInput = before.messagesIn > 0;
  const per = takesInput ? before.messagesIn : before.ms;
  const expected = per > 0 ? (before.messagesOut / per) * (takesInput ? now.messagesIn : now.ms) : 0;
  if (expected < evidenceMin || now.messagesOut >= expected * ratioMin) return undefined;
  return `${counted(now.messagesOut, "message")} out, where the version before would have given ${Math.round(expected)}`;
}

function latencyFault(before: Span, now: Span, { latencyFactorMax }: HealthThresholds): string | undefined {
  const isTelling = before.calls >= evidenceMin && now.calls >= evidenceMin && before.executeP50Us > 0;
  // Development mode takes its time, which is neither a fault nor a measure.
  if (before.tracedCalls > 0 || now.tracedCalls > 0) return undefined;
  const allowedUs = Math.max(executeFineUs, before.executeP50Us * latencyFactorMax);
  if (!isTelling || now.executeP50Us <= allowedUs) return undefined;
  return `half of the calls take ${Math.round(now.executeP50Us)} µs or more, ${Math.round(allowedUs)} µs allowed; ${Math.round(before.executeP50Us)} µs before`;
}

const shareOf = ({ dropped, missed, messagesIn, messagesOut }: Span): number =>
  dropped / Math.max(1, missed + messagesIn + messagesOut);
const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
