// What the provider asks of a resource type. Each type is a folder that exports one of these; provider.ts turns Pulumi's
// calls into them, resources.ts lists them.

import type { Diagnostic } from "@flowfusion/graph";
import type { PropertyChange } from "./wire/diff.ts";
import type { ResourceRecord } from "./wire/record.ts";
import type { WireObject } from "./wire/values.ts";
import type { View, ViewStep } from "./wire/views.ts";

/** What an operation works with. */
export interface Operation {
  /** The resource's URN. */
  readonly urn: string;
  /** Ends the operation at the next point where nothing is half done. */
  readonly signal: AbortSignal;
  /** Shows a line in the resource's row while the operation runs. */
  report(message: string): void;
  /** Tells the user something that stays on the screen. */
  tell(message: string): void;
  /** The same, for what the user should not overlook. */
  warn(message: string): void;
}

export interface CheckedInputs {
  /** In their normal form: every default explicit, secrets marked. */
  readonly inputs: WireObject;
  /** All that is wrong with them. */
  readonly failures: readonly Diagnostic[];
}

/** What the state holds of a resource. */
export interface KnownResource {
  readonly inputs: WireObject;
  readonly state: WireObject;
}

export interface RowChange {
  /** The resource's own name. */
  readonly name: string;
  /** The rows that the engine knows. */
  readonly before: readonly View[];
  /** Undefined when the resource is gone. */
  readonly inputs: WireObject | undefined;
  /** The resource's own diff. */
  readonly changes: readonly PropertyChange[];
  /** How a row that was not there is told: one that a refresh finds is imported, as the engine keeps a created one nowhere. */
  readonly found: "create" | "import";
}

export interface Resource {
  /** `flowfusion:index:Flow`. */
  readonly token: string;
  /** Whether a replacement has to wait until the old one is gone; else it is made first. */
  readonly deleteBeforeReplace: boolean;
  /**
   * Judges inputs; what is not known yet is not judged. `name` is the resource's own in the program, `olds` are the inputs in the
   * state, empty for a creation.
   */
  check(news: WireObject, name: string, olds: WireObject): Promise<CheckedInputs>;
  /** Pure, and symmetric except for `replaces`: a refresh asks with the sides exchanged and turns the answer round. */
  diff(olds: WireObject, news: WireObject): Promise<readonly PropertyChange[]>;
  /** What is left of changes that need a replacement, once the gateway was asked. Throws where the replacement cannot be. */
  beforeReplace?(
    changes: readonly PropertyChange[],
    known: { readonly state: WireObject; readonly news: WireObject },
    operation: Operation,
  ): Promise<readonly PropertyChange[]>;
  /** The state that an up will bring, unknown where only the up can tell. `state` is empty for a creation. */
  preview(news: WireObject, state: WireObject, operation: Operation): Promise<WireObject>;
  create(news: WireObject, operation: Operation): Promise<ResourceRecord>;
  update(news: WireObject, state: WireObject, operation: Operation): Promise<ResourceRecord>;
  /** Undefined only when the gateway itself says that there is no such thing. */
  read(id: string, known: KnownResource, operation: Operation): Promise<ResourceRecord | undefined>;
  /** What an import knows, from the id that the user gave: the resource's own id and the inputs to reach it. */
  importTarget(id: string, environment: NodeJS.ProcessEnv): { readonly id: string; readonly inputs: WireObject };
  delete(state: WireObject, operation: Operation): Promise<void>;
  /** For types that show rows below their own: one step for each row that was there or shall be. */
  viewSteps?(rows: RowChange): readonly ViewStep[];
}
