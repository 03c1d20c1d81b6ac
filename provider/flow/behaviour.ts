// What a change would have done: the flow that runs and the one that is planned, on the tag updates that the gateway
// recorded last. Nothing here can fail a preview: where it cannot be told, the text says why.

import { type GatewayClient, GatewayError } from "@flowfusion/client";
import type { Comparison, SinkComparison } from "@flowfusion/fusion";
import {
  FlowFusionError,
  type FlowName,
  type Message,
  messageJson,
  subscribedPatterns,
  trapCauseTexts,
} from "@flowfusion/graph";
import { decodeTagUpdateBatch, splitRecording } from "@flowfusion/proto";
import type { BehaviourOptions } from "./inputs.ts";
import type { FlowPlan } from "./plan.ts";

interface Clock {
  /** Monotonic, ms. */
  nowMs(): number;
  readonly signal: AbortSignal;
}

/** Text for the user, or undefined where nothing runs yet or the same artefact does. */
export async function describeBehaviour(
  client: GatewayClient,
  name: FlowName,
  plan: FlowPlan,
  { updates, timeLimitMs }: BehaviourOptions,
  { nowMs, signal }: Clock,
): Promise<string | undefined> {
  const { compareFlows, readArtefact } = await import("@flowfusion/fusion");
  const endMs = nowMs() + timeLimitMs;
  const call = { signal, timeoutMs: timeLimitMs };
  try {
    const before = await client.flowArtefact(name, call);
    const tags = [readArtefact(before).graph, plan.graph].flatMap(subscribedPatterns).map(({ pattern }) => pattern);
    const recording = readRecording(await client.recording({ updates, tags: [...new Set(tags)] }, call));
    if (recording.length === 0)
      return "The gateway has recorded no update of these tags, so what this change would do is not known.";
    const tried: Message[][] = [];
    const untilEnd = function* () {
      for (const batch of recording) {
        if (nowMs() > endMs) return;
        tried.push(batch);
        yield batch;
      }
    };
    const comparison = await compareFlows({ wasm: before }, { wasm: plan.wasm }, untilEnd());
    return describe(comparison, tried.flat(), recording.flat().length);
  } catch (error) {
    if (error instanceof GatewayError && error.code === "FF_API_NOT_FOUND") return undefined;
    if (!(error instanceof FlowFusionError)) throw error;
    return `What this change would do with recorded updates cannot be told: ${error.message}`;
  }
}

const readRecording = (recording: Uint8Array): Message[][] =>
  splitRecording(recording).map((batch) =>
    decodeTagUpdateBatch(batch).updates.map(({ tag, ...reading }) => ({ topic: tag, ...reading })),
  );

function describe({ sinks, isEqual, before, after }: Comparison, tried: readonly Message[], recorded: number): string {
  const span = `${count(tried.length)} updates${tried.length < recorded ? ` of ${count(recorded)}, which was all that the time limit allowed` : ""}`;
  const when = tried.length === 0 ? "" : `, ${isoTime(tried[0]!)} to ${isoTime(tried.at(-1)!)}`;
  const heading = `On the last ${span}${when}`;
  const traps = [
    ...describeDeadLetters(before, "the flow that runs"),
    ...describeDeadLetters(after, "the new flow"),
    ...(before.trap ? [`the flow that runs would stop (${trapText(before.trap)})`] : []),
    ...(after.trap ? [`the new flow would stop (${trapText(after.trap)})`] : []),
  ];
  if (isEqual && traps.length === 0) return `${heading}, every sink would get the same as before.`;
  return [`${heading}:`, ...sinks.map(describeSink), ...traps].join("\n  ");
}

function describeSink({ id, before, after, difference }: SinkComparison): string {
  if (before === undefined) return `sink ${id}: new, ${count(after!)} messages`;
  if (after === undefined) return `sink ${id}: gone, with ${count(before)} messages`;
  if (difference === undefined) return `sink ${id}: the same ${count(before)} messages`;
  const side = (message: Message | undefined) => (message ? messageJson(message) : "nothing");
  return [
    `sink ${id}: ${count(before)} → ${count(after)} messages, first difference at message ${count(difference.index + 1)}`,
    `    before  ${side(difference.before)}`,
    `    after   ${side(difference.after)}`,
  ].join("\n  ");
}

function describeDeadLetters({ deadLetters: [first, ...more] }: Comparison["after"], what: string): string[] {
  if (first === undefined) return [];
  return [`${what} would leave ${count(more.length + 1)} dead letters, the first of them (${trapText(first)})`];
}

const trapText = ({ node, cause }: NonNullable<Comparison["after"]["trap"]>): string =>
  `${node === undefined ? "the flow itself" : `node ${node}`} ${trapCauseTexts[cause]}`;

const isoTime = ({ timestampNs }: Message): string => new Date(Number(timestampNs / 1_000_000n)).toISOString();
const count = (value: number): string => value.toLocaleString("en");
