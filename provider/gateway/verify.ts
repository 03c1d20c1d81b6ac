// Whether a gateway is what the program declares. What is its own configuration is compared and never set: a gateway is
// installed and configured where it runs.

import type { GatewayInfo } from "@flowfusion/client";
import { type Diagnostic, FlowFusionError } from "@flowfusion/graph";
import type { GatewayDemands } from "./inputs.ts";

/** What differs, each with its place. */
export function differences(info: GatewayInfo, { identity, minimumVersion, limits }: GatewayDemands): Diagnostic[] {
  const differ = (path: string, message: string): Diagnostic => ({
    code: "FF_PROVIDER_GATEWAY_DIFFERS",
    path,
    message,
  });
  return [
    ...(identity === undefined || identity === info.id
      ? []
      : [differ("identity", `${identity} is declared, the gateway is ${info.id}`)]),
    ...(minimumVersion === undefined || isAtLeast(info.version, minimumVersion)
      ? []
      : [differ("minimumVersion", `${minimumVersion} is declared, the gateway is of version ${info.version}`)]),
    ...Object.entries(limits).flatMap(([name, declared]) => {
      const found = info.limits[name as keyof GatewayInfo["limits"]];
      return found === declared
        ? []
        : [
            differ(
              `limits.${name}`,
              `${declared} is declared, the gateway has ${found}; set limits.${name} in its configuration file and start it again`,
            ),
          ];
    }),
  ];
}

export function demandEqual(endpoint: string, info: GatewayInfo, demands: GatewayDemands): void {
  const diagnostics = differences(info, demands);
  if (diagnostics.length === 0) return;
  const lines = diagnostics.map(({ path, message }) => `\n  ${path}: ${message}`);
  throw new FlowFusionError(
    "FF_PROVIDER_GATEWAY_DIFFERS",
    `The gateway at ${endpoint} is not as declared:${lines.join("")}`,
    { diagnostics },
  );
}

/** Of two versions `1.2.3`, whether the first is the second or a later one. What stands behind the numbers is not looked at. */
function isAtLeast(version: string, minimum: string): boolean {
  const [found, least] = [version, minimum].map((text) => text.split(/[.+-]/).slice(0, 3).map(Number));
  for (const [index, part] of least!.entries()) {
    const difference = (found![index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
