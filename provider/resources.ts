// The resource types that there are. Nothing else names them: provider.ts finds each call's type here by its token.

import { flowResource } from "./flow/index.ts";
import type { Resource } from "./resource.ts";

/** By token. What resources keep, they keep for as long as the provider runs. */
export function allResources(): ReadonlyMap<string, Resource> {
  return new Map([flowResource()].map((resource): [string, Resource] => [resource.token, resource]));
}
