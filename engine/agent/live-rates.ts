// Counts of two moments as rates. Pure.

import type { NodeStats, SinkStats } from "@flowfusion/graph";
import type { FlowPulse } from "../dataplane/types.ts";
import type { LiveFlow, LiveUpdate } from "./live-schemas.ts";

/** 0 where nothing is known of before, and where counting began anew. */
export function perSecond(now: number, before: number | undefined, seconds: number): number {
  if (before === undefined || now < before || seconds <= 0) return 0;
  return Math.round(((now - before) / seconds) * 10) / 10;
}

export function flowRates(now: FlowPulse, before: FlowPulse | undefined, seconds: number): LiveUpdate["flows"][number] {
  const { name, condition, mode, dropped, queued, traps, executeP50Us, executeP99Us } = now;
  const { deadLetters, deadLettersKept } = now;
  return {
    ...{ name, condition, mode },
    inPerS: perSecond(now.messagesIn, before?.messagesIn, seconds),
    outPerS: perSecond(now.messagesOut, before?.messagesOut, seconds),
    droppedPerS: perSecond(dropped, before?.dropped, seconds),
    ...{ dropped, queued, traps, deadLetters, deadLettersKept, executeP50Us, executeP99Us },
  };
}

export function nodeRates(
  now: readonly NodeStats[],
  before: readonly NodeStats[] | undefined,
  seconds: number,
): LiveFlow["nodes"] {
  const previous = new Map(before?.map((node) => [node.node, node]));
  return now.map(({ node, messagesIn, messagesOut, traps, profiled }) => {
    const known = previous.get(node);
    const messages = (profiled?.messages ?? 0) - (known?.profiled?.messages ?? 0);
    const fuel = (profiled?.fuel ?? 0) - (known?.profiled?.fuel ?? 0);
    return {
      node,
      inPerS: perSecond(messagesIn, known?.messagesIn, seconds),
      outPerS: messagesOut.map((count, port) => perSecond(count, known?.messagesOut[port], seconds)),
      traps,
      ...(messages > 0 && { fuelPerMessage: Math.round(fuel / messages) }),
    };
  });
}

export function sinkRates(
  now: readonly SinkStats[],
  before: readonly SinkStats[] | undefined,
  seconds: number,
): LiveFlow["sinks"] {
  const previous = new Map(before?.map((sink) => [sink.node, sink]));
  const sum = ({ dropped }: SinkStats) => Object.values(dropped).reduce((total, count) => total + count, 0);
  return now.map((sink) => {
    const known = previous.get(sink.node);
    return {
      node: sink.node,
      sentPerS: perSecond(sink.sent, known?.sent, seconds),
      droppedPerS: perSecond(sum(sink), known && sum(known), seconds),
      queued: sink.queued,
      ...(sink.lastError !== undefined && { lastError: sink.lastError }),
    };
  });
}
