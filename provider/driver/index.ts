// Driver: what reads a device for a gateway.

import type { DriverDeclaration, DriverStatus } from "@flowfusion/client";
import { keptResource, plainSecrets } from "../kept-resource.ts";
import type { Resource } from "../resource.ts";
import { reveal, type WireObject } from "../wire/values.ts";
import { checkDriver, withDriverDefaults } from "./check.ts";
import { driverProblems, untilSettled } from "./settle.ts";

export const driverSettingNames = ["kind", "config", "enabled"] as const;
export const driverToken = "flowfusion:index:Driver";

export function driverResource(): Resource {
  return keptResource<DriverStatus, DriverStatus>({
    token: driverToken,
    noun: "driver",
    title: "a Driver",
    settingNames: driverSettingNames,
    check: checkDriver,
    comparable: withDriverDefaults,
    settingsOf: ({ kind, config, enabled }) => ({ kind, config: config as WireObject, enabled }),
    secretsOf: ({ secrets }) => secrets,
    find: (client, name, signal) => client.getDriver(name, signal && { signal }),
    put: (client, name, inputs, { expected, obsolete }) =>
      client.putDriver(name, declarationOf(inputs, obsolete), { expected }),
    remove: (client, name, expected) => client.deleteDriver(name, { expected }),
    problemsOf: driverProblems,
    settle: untilSettled,
  });
}

/** A gateway keeps the secrets that it is not told of, so those that are no more are taken away by name. */
function declarationOf(inputs: WireObject, obsolete: readonly string[]): DriverDeclaration {
  const { kind, config, enabled } = reveal(inputs) as WireObject;
  const secrets = { ...Object.fromEntries(obsolete.map((name) => [name, null])), ...plainSecrets(inputs) };
  return { kind, config, enabled: enabled ?? true, secrets } as DriverDeclaration;
}
