// The resource types that there are. Nothing else names them: provider.ts finds each call's type here by its token.

import { connectionResource } from "./connection/index.ts";
import { PlannedConnections } from "./connection/planned.ts";
import { driverResource } from "./driver/index.ts";
import { flowResource } from "./flow/index.ts";
import type { ModuleShelf } from "./flow/modules.ts";
import { gatewayResource } from "./gateway/index.ts";
import { nodeModuleResource } from "./node-module/index.ts";
import type { Resource } from "./resource.ts";

/** By token. */
export function allResources(shelf: ModuleShelf): ReadonlyMap<string, Resource> {
  const planned = new PlannedConnections();
  const all = [
    flowResource(shelf, planned),
    gatewayResource(),
    connectionResource(planned),
    driverResource(),
    nodeModuleResource(shelf),
  ];
  return new Map(all.map((resource): [string, Resource] => [resource.token, resource]));
}
