// What is to be said of a gateway's health, from what it tells of itself: the worst first, with the numbers. Pure.

import type { GatewayInfo } from "@flowfusion/client";
import { formats } from "../../format/numbers.ts";
import { gatewayText } from "../../strings/gateway.ts";
import { judgeCertificate } from "./certificate.ts";

export interface Health {
  readonly tone: "good" | "warn" | "bad";
  readonly findings: readonly string[];
}

/** Below it the next large artefact or recording may not fit. */
const freeBytesMin = 500_000_000;

export function healthOf(info: GatewayInfo, nowMs = Date.now()): Health {
  const { ingest, storage } = info;
  const { findings: text } = gatewayText;
  const refused = refusedBatches(ingest);
  const certificate = judgeCertificate(info, nowMs);
  const ofCertificate = (tone: Health["tone"]) =>
    certificate?.finding !== undefined && certificate.tone === tone ? [certificate.finding] : [];
  const bad = [
    ...(storage.isWritable ? [] : [text.storage(storage.reason ?? gatewayText.notWritable)]),
    ...ofCertificate("bad"),
  ];
  const warn = [
    ...ofCertificate("warn"),
    ...(storage.freeBytes < freeBytesMin ? [text.disk(formats.bytes(storage.freeBytes))] : []),
    ...storage.inMemoryAlone.map(({ what, flows, reason }) => text.alone[what](formats.count(flows), reason)),
    ...(storage.checkpointFailures > 0 ? [text.checkpoints(formats.count(storage.checkpointFailures))] : []),
    ...(storage.checkpointsRefused > 0 ? [text.recovered(formats.count(storage.checkpointsRefused))] : []),
    ...(refused > 0 ? [text.refused(formats.count(refused))] : []),
  ];
  if (bad.length > 0) return { tone: "bad", findings: [...bad, ...warn] };
  return warn.length > 0 ? { tone: "warn", findings: warn } : { tone: "good", findings: [text.healthy] };
}

export function refusedBatches({ refused }: GatewayInfo["ingest"]): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0);
}
