// Who changed a flow, with what and when, as a line of text and back: Pulumi passes on what a provider says as text alone.

import type { FlowStatus, Via } from "./types.ts";

/** The version that somebody put in the place of the one that a stack knows. */
export interface FlowChange {
  readonly by: string;
  readonly via: Via;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly generation: number;
  /** Why the gateway itself went back to it. */
  readonly note?: string;
}

const tools: { readonly [tool in Via]?: string } = {
  console: "in the console ",
  cli: "with flowfusion ",
  pulumi: "with Pulumi ",
};

/** Who made the version that runs, with what and when: "in the console by ann at 2026-01-01T00:00:00Z". */
export function authorText({ deployedVia, deployedBy, deployedAt }: FlowStatus): string {
  return `${tools[deployedVia] ?? ""}by ${deployedBy} at ${deployedAt}`;
}

/** `paths`: what is different, as properties of the resource. */
export function changeText(status: FlowStatus, paths: readonly string[]): string {
  const note = status.note === undefined ? "" : ` (${status.note})`;
  return `Changed ${authorText(status)}, generation ${status.generation}${note}: ${paths.join(", ")}.`;
}

const changed =
  /^Changed (in the console |with flowfusion |with Pulumi )?by (.+?) at (\d{4}-\d\d-\d\dT[\d:.]+Z), generation (\d+)(?: \((.*)\))?: /s;

/** What `changeText` says; undefined for any other text. A tool that did not say who it is counts as `api`. */
export function readChangeText(text: string): FlowChange | undefined {
  const [whole, tool, by, at, generation, note] = changed.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const via =
    Object.entries(tools).find(([, words]) => words === tool)?.[0] ?? (note === undefined ? "api" : "gateway");
  return { by: by!, via: via as Via, at: at!, generation: Number(generation), ...(note !== undefined && { note }) };
}
