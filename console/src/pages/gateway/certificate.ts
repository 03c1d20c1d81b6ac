// What is to be said of the certificate that the API is served with. Pure.

import type { GatewayInfo } from "@flowfusion/client";
import { formats } from "../../format/numbers.ts";
import { times } from "../../format/times.ts";
import { gatewayText } from "../../strings/gateway.ts";

interface Judged {
  readonly tone: "good" | "warn" | "bad";
  /** Until when, in a few words. */
  readonly text: string;
  /** What to do, unless it is good. */
  readonly finding?: string;
}

const dayMs = 24 * 60 * 60 * 1000;
/** As `flowfusion doctor` has it. */
const renewDays = 30;

/** Undefined without TLS. */
export function judgeCertificate(
  { certificate }: Pick<GatewayInfo, "certificate">,
  nowMs = Date.now(),
): Judged | undefined {
  if (certificate === undefined) return undefined;
  const { certificate: text } = gatewayText;
  const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const [from, to] = [times.full(fromMs), times.full(toMs)];
  if (nowMs < fromMs) return { tone: "bad", text: text.from(from), finding: text.early(from) };
  if (nowMs >= toMs) return { tone: "bad", text: text.ended(to), finding: text.isOver(to) };
  const days = Math.floor((toMs - nowMs) / dayMs);
  if (days >= renewDays) return { tone: "good", text: text.until(to) };
  return { tone: "warn", text: text.until(to), finding: text.isNear(to, formats.count(days), days === 1) };
}
