// A step as the API tells it.

import { type StepDocument, stepDocument } from "@flowfusion/fusion";
import type { TracedStep } from "./trace-ring.ts";

export interface TracedStepDocument extends StepDocument {
  readonly id: number;
  readonly reading: number;
  readonly at: string;
}

export const describeStep = ({ id, reading, atMs, step }: TracedStep): TracedStepDocument => ({
  ...{ id, reading, at: new Date(atMs).toISOString() },
  ...stepDocument(step),
});
