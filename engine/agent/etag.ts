// The rules for conditional writes. Every write says what its author believes to run, so that two people who edit one
// flow cannot overwrite each other unseen: no condition is refused with 428, a stale one with 412 and who was faster.

import type { Diagnostic } from "@flowfusion/graph";
import { ApiError } from "./problem.ts";
import type { Problem } from "./schemas.ts";

/** What a write expects of the flow it writes: a certain generation, any, or that there is none. */
type Expectation =
  | { readonly kind: "generation"; readonly generation: number }
  | { readonly kind: "exists" }
  | { readonly kind: "absent" };

export type Precondition = Expectation & {
  /** Throws once its author may write no more: a write may have waited for its turn. */
  readonly demandCaller: () => void;
};

interface ConditionalRequest {
  readonly headers: { readonly "if-match"?: string | undefined; readonly "if-none-match"?: string | undefined };
  readonly demandCaller: () => void;
}

export function etagOf(generation: number): string {
  return `"${generation}"`;
}

export function parsePrecondition({ headers, demandCaller }: ConditionalRequest): Precondition {
  return { ...parseExpectation(headers), demandCaller };
}

function parseExpectation(headers: ConditionalRequest["headers"]): Expectation {
  const match = headers["if-match"];
  const noneMatch = headers["if-none-match"];
  if (match !== undefined && noneMatch !== undefined) {
    throw invalid("If-Match", "give either If-Match or If-None-Match, not both");
  }
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== "*") {
      throw invalid("If-None-Match", `only * is of use here, to create; ${JSON.stringify(noneMatch)} given`);
    }
    return { kind: "absent" };
  }
  if (match === undefined) {
    throw new ApiError(
      "FF_API_PRECONDITION_REQUIRED",
      'a write needs If-Match: "<generation>" to replace what was read, or If-None-Match: * to create',
    );
  }
  return parseMatch(match.trim());
}

/** For when the turn of a write has come: throws when what is written, such as a flow, is not as the write demands. */
export function demand(precondition: Precondition, what: string, current: Problem["current"]): void {
  precondition.demandCaller();
  const found = current === undefined ? "it does not exist" : `it is at ${describe(current)}`;
  const isMet =
    precondition.kind === "absent"
      ? current === undefined
      : current !== undefined && (precondition.kind === "exists" || precondition.generation === current.generation);
  if (!isMet) {
    throw new ApiError("FF_API_PRECONDITION_FAILED", `${what}: ${found}, the request demands ${spell(precondition)}`, {
      members: current === undefined ? {} : { current },
    });
  }
}

function parseMatch(text: string): Expectation {
  if (text === "*") {
    return { kind: "exists" };
  }
  const digits = /^"([1-9][0-9]{0,14})"$/.exec(text)?.[1];
  if (digits === undefined) {
    throw invalid(
      "If-Match",
      `one generation in double quotes is needed, as in the ETag; ${JSON.stringify(text)} given`,
    );
  }
  return { kind: "generation", generation: Number(digits) };
}

function describe(current: NonNullable<Problem["current"]>): string {
  return `generation ${current.generation}, deployed ${current.deployedAt} by ${current.deployedBy}`;
}

function spell(expectation: Expectation): string {
  switch (expectation.kind) {
    case "generation":
      return `generation ${expectation.generation}`;
    case "exists":
      return "that it exists";
    case "absent":
      return "that it does not exist";
  }
}

function invalid(header: string, message: string): ApiError {
  const diagnostic: Diagnostic = { code: "FF_API_REQUEST_INVALID", path: `headers.${header}`, message };
  return new ApiError("FF_API_REQUEST_INVALID", `${header}: ${message}`, { diagnostics: [diagnostic] });
}
