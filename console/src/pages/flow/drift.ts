// Whether a flow that a Pulumi program declares still runs what the program said. Pure.

import type { FlowStatus } from "@flowfusion/client";

/** Somebody else put in place what runs, and it is not the same. */
export const hasDrifted = ({ managed, generation, artefact }: FlowStatus): boolean =>
  managed !== undefined && managed.generation !== generation && managed.artefact !== artefact;
