// Where things are, and what conditions a write carries.

import { type Digest, FlowFusionError, type FlowName, reasonOf } from "@flowfusion/graph";
import type { PageQuery } from "./types.ts";

/** What the caller believes to run: a generation, or nothing. The write is refused (412) when that is no longer so. */
export type ExpectedGeneration = number | "absent";

export const jsonHeaders = { "content-type": "application/json" };

/** A document that a user wrote, of which JSON.stringify may make nothing. `what` it is. */
export function bodyOf(document: unknown, what: string): string {
  try {
    return JSON.stringify(document);
  } catch (error) {
    const why = `${what} is too large to be sent, or nests too deep: ${reasonOf(error)}`;
    throw new FlowFusionError("FF_API_BODY_SYNTAX", why, { cause: error });
  }
}

export function precondition(expected: ExpectedGeneration): { readonly [header: string]: string } {
  return expected === "absent" ? { "if-none-match": "*" } : { "if-match": `"${expected}"` };
}

export function connectionPath(name: string): string {
  return `/v1/connections/${encodeURIComponent(name)}`;
}

export function flowPath(name: FlowName): string {
  return `/v1/flows/${encodeURIComponent(name)}`;
}

export const developmentPath = (name: FlowName): string => `${flowPath(name)}/development`;

export function driverPath(name: string): string {
  return `/v1/drivers/${encodeURIComponent(name)}`;
}

export function artefactPath(digest: Digest): string {
  return `/v1/artefacts/${digest}`;
}

export function queryString(query: PageQuery): string {
  const parameters = new URLSearchParams();
  if (query.limit !== undefined) {
    parameters.set("limit", String(query.limit));
  }
  if (query.after !== undefined) {
    parameters.set("after", query.after);
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}
