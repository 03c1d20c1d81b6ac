// What an operation leaves, as the engine gets it.

import type { WireObject } from "./values.ts";

/** A resource as it is after an operation. */
export interface ResourceRecord {
  readonly id: string;
  readonly inputs: WireObject;
  /** All that the state holds: inputs and outputs. */
  readonly outputs: WireObject;
  /** The resource exists but is not as it should be; Pulumi keeps the reasons and tries again with the next up. */
  readonly problems: readonly string[];
  /** An up that was cut off had made it, or it replaces itself: then the state holds its rows, and must not get them twice. */
  readonly wasThere?: boolean;
}
