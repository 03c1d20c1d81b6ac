// What an operation on a Flow works with beside what all resources have.

import type { PlannedConnections } from "../connection/planned.ts";
import type { Operation } from "../resource.ts";
import type { ModuleShelf } from "./modules.ts";

export interface FlowOperation extends Operation {
  readonly shelf: ModuleShelf;
  /** Those that this run of the program makes or changes. */
  readonly connections: PlannedConnections;
  /** Flows that this up found in place where it was to make them. */
  readonly takenOver: Set<string>;
}
