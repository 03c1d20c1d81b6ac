// The limits that a flow runs under: what the gateway grants each flow, lowered where the deploy asks for less.

import type { FlowLimits } from "@flowfusion/fusion";
import type { Diagnostic } from "@flowfusion/graph";
import { ApiError } from "./problem.ts";
import type { FlowOptions } from "./schemas.ts";

export function grantLimits(granted: FlowLimits, options: FlowOptions): FlowLimits {
  const asked = Object.entries(options.limits ?? {}) as [keyof NonNullable<FlowOptions["limits"]>, number][];
  const diagnostics = asked
    .filter(([name, value]) => value > granted[name])
    .map(([name, value]): Diagnostic => {
      const message = `${value} asked for, ${granted[name]} granted`;
      return { code: "FF_DEPLOY_LIMITS", path: `options.limits.${name}`, message };
    });
  if (diagnostics.length > 0) {
    const summary = diagnostics.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw new ApiError("FF_DEPLOY_LIMITS", summary, { diagnostics });
  }
  return { ...granted, ...options.limits };
}
