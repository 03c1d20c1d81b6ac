// How a gateway is to run a flow: judged, and completed by what the flow's gateway has for all its flows.

import type { Diagnostic } from "@flowfusion/graph";
import { failure } from "../checks.ts";
import { isObject, isUnknown, reveal, type Step, type WireObject, type WireValue } from "../wire/values.ts";

const limitNames: readonly string[] = ["fuelPerMessage", "fuelBurst", "maxPagesPerMemory"];

/** Judges options that stand below `steps`. */
export function checkOptions(given: WireValue | undefined, steps: readonly Step[]): Diagnostic[] {
  const options = reveal(given ?? {});
  if (isUnknown(options)) return [];
  if (!isObject(options)) return [failure(steps, "is an object such as { limits: { fuelPerMessage: 100000 } }")];
  return Object.entries(options).flatMap(([name, value]) => {
    if (isUnknown(value)) return [];
    switch (name) {
      case "limits":
        return checkNumbers([...steps, name], value, limitNames, isLimit, "is a whole number above 0");
      case "healthThresholds":
        return checkNumbers([...steps, name], value, thresholdNames, isThreshold, "is a number, 0 or more");
      case "healthGateMs":
        return isGateMs(value) ? [] : [failure([...steps, name], "is a whole number of ms, 0 to 600000")];
      case "development":
        return typeof value === "boolean" ? [] : [failure([...steps, name], "is true or false")];
      default:
        return [failure([...steps, name], `is not known; options has ${optionNames.join(", ")}`)];
    }
  });
}

const optionNames = ["limits", "healthGateMs", "healthThresholds", "development"];
const thresholdNames = ["trapsMax", "droppedShareMax", "outputRatioMin", "latencyFactorMax"];
export const isLimit = (value: WireValue): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0;
const isThreshold = (value: WireValue): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isGateMs = (value: WireValue): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= 600_000;

export function checkNumbers(
  steps: readonly Step[],
  given: WireValue,
  names: readonly string[],
  isGood: (value: WireValue) => boolean,
  demand: string,
): Diagnostic[] {
  if (!isObject(given)) return [failure(steps, `has ${names.join(", ")}`)];
  return Object.entries(given).flatMap(([name, value]) => {
    if (!names.includes(name))
      return [failure([...steps, name], `is not known; ${steps.at(-1)} has ${names.join(", ")}`)];
    return isUnknown(value) || isGood(value) ? [] : [failure([...steps, name], demand)];
  });
}

/** The options of the gateway, below those of the flow's own; groups such as `limits` are joined member by member. */
export function withGatewayOptions({ gateway, options }: WireObject): WireObject {
  const access = reveal(gateway ?? null);
  const common = isObject(access) ? access.flowOptions : undefined;
  if (!isObject(common) || (options !== undefined && !isObject(options))) return {};
  const own = options ?? {};
  const joined = Object.entries(common).map(([name, value]): [string, WireValue] => {
    const closer = own[name];
    return [name, isObject(value) && isObject(closer) ? { ...value, ...closer } : (closer ?? value)];
  });
  return { options: { ...own, ...Object.fromEntries(joined) } };
}
