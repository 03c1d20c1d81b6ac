// The kinds of drivers that there are. Nothing else names them: the gateway, its documents and the command line learn of a
// kind here.

import type { DriverKind } from "@flowfusion/driver-kit";
import { modbusKind } from "@flowfusion/driver-modbus/kind";
import { mqttKind } from "@flowfusion/driver-mqtt/kind";
import { opcuaKind } from "@flowfusion/driver-opcua/kind";
import { replayKind } from "@flowfusion/driver-replay/kind";
import { simulatorKind } from "@flowfusion/driver-simulator/kind";

/** By name, in the order in which documents show them. */
export const driverKinds: ReadonlyMap<string, DriverKind> = new Map(
  [modbusKind, opcuaKind, mqttKind, replayKind, simulatorKind].map((kind): [string, DriverKind] => [kind.kind, kind]),
);

export interface Deliveries {
  readonly tags: readonly string[];
  readonly sources: readonly string[];
}

/** What a driver delivers, as far as its configuration tells: nothing for what is no configuration. */
export function declaredDeliveries(kind: string, config: unknown): Deliveries {
  const known = driverKinds.get(kind);
  const { value } = known?.checkConfig(config) ?? {};
  if (value === undefined) return { tags: [], sources: [] };
  return { tags: known?.tags?.(value) ?? [], sources: known?.sources?.(value) ?? [] };
}
