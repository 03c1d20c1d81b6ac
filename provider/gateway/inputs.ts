// The inputs of a Gateway: how it is reached, what is demanded of it, and what its flows have in common.

import type { Diagnostic } from "@flowfusion/graph";
import { checkAccessFields, hideCredentials } from "../access.ts";
import { checkNames, failure } from "../checks.ts";
import { checkNumbers, checkOptions, isLimit } from "../flow/options.ts";
import type { CheckedInputs } from "../resource.ts";
import { isObject, isUnknown, reveal, type WireObject, type WireValue } from "../wire/values.ts";

/** Those that other resources take over. */
export const accessNames = ["endpoint", "token", "ca", "fingerprint", "clientCert", "clientKey"] as const;
export const gatewayInputNames = [
  ...accessNames,
  "identity",
  "minimumVersion",
  "limits",
  "flowOptions",
  "waitMs",
] as const;
export const gatewayLimitNames = ["artefactBytesMax", "fuelPerMessage", "fuelBurst", "maxPagesPerMemory"] as const;

const waitMsMax = 3_600_000;

export function checkGateway(news: WireObject): CheckedInputs {
  return {
    inputs: hideCredentials(news),
    failures: [
      ...checkNames(news, gatewayInputNames, "a Gateway"),
      ...checkAccessFields(news, []),
      ...checkText(news, "identity", /^\S+$/, "is the gateway's id, as `flowfusion doctor` tells it"),
      ...checkText(news, "minimumVersion", /^\d+\.\d+\.\d+$/, "is a version such as 0.1.0"),
      ...checkLimits(reveal(news.limits ?? null)),
      ...checkOptions(news.flowOptions ?? undefined, ["flowOptions"]),
      ...checkWait(reveal(news.waitMs ?? null)),
    ],
  };
}

function checkText(news: WireObject, name: string, pattern: RegExp, demand: string): Diagnostic[] {
  const value = reveal(news[name] ?? null);
  const isGood = value === null || isUnknown(value) || (typeof value === "string" && pattern.test(value));
  return isGood ? [] : [failure([name], demand)];
}

function checkLimits(limits: WireValue): Diagnostic[] {
  if (limits === null || isUnknown(limits)) return [];
  return checkNumbers(["limits"], limits, gatewayLimitNames, isLimit, "is a whole number above 0");
}

function checkWait(waitMs: WireValue): Diagnostic[] {
  if (waitMs === null || isUnknown(waitMs)) return [];
  const isGood = typeof waitMs === "number" && Number.isSafeInteger(waitMs) && waitMs >= 0 && waitMs <= waitMsMax;
  return isGood ? [] : [failure(["waitMs"], `is a whole number of ms, 0 to ${waitMsMax}`)];
}

/** What is demanded of a gateway, as far as it is known. */
export interface GatewayDemands {
  readonly identity: string | undefined;
  readonly minimumVersion: string | undefined;
  readonly limits: { readonly [name: string]: number };
  /** How long an up waits until it answers. */
  readonly waitMs: number;
}

const defaultWaitMs = 60_000;

export function readDemands(wire: WireObject): GatewayDemands {
  const { identity, minimumVersion, limits, waitMs } = reveal(wire) as WireObject;
  const text = (value: WireValue | undefined) => (typeof value === "string" && !isUnknown(value) ? value : undefined);
  const given = Object.entries(isObject(limits) ? limits : {});
  return {
    identity: text(identity),
    minimumVersion: text(minimumVersion),
    limits: Object.fromEntries(given.filter((entry): entry is [string, number] => typeof entry[1] === "number")),
    waitMs: typeof waitMs === "number" ? waitMs : defaultWaitMs,
  };
}
