// Errors on the wire: one error with a code becomes one RFC 9457 problem document. The status of a code is decided here
// and nowhere else, so that a client may rely on either.

import { type ErrorCode, errorRegistry, FlowFusionError } from "@flowfusion/graph";
import type { Problem } from "./schemas.ts";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** At most as many diagnostics travel in one problem; `detail` says how many there were. */
const DIAGNOSTICS_MAX = 100;

export type ProblemMembers = Pick<Problem, "step" | "current">;

/** An error that carries members of a problem document beyond code, text and diagnostics. */
export class ApiError extends FlowFusionError {
  readonly members: ProblemMembers;

  constructor(
    code: ErrorCode,
    message: string,
    options: ConstructorParameters<typeof FlowFusionError>[2] & { readonly members?: ProblemMembers } = {},
  ) {
    super(code, message, options);
    this.name = "ApiError";
    this.members = options.members ?? {};
  }
}

const statusByCode: { readonly [Code in ErrorCode]?: number } = {
  FF_API_BODY_SYNTAX: 400,
  FF_API_REQUEST_INVALID: 400,
  FF_API_UNAUTHORIZED: 401,
  FF_API_CSRF: 403,
  FF_API_FORBIDDEN: 403,
  FF_API_NOT_FOUND: 404,
  FF_API_ROUTE_UNKNOWN: 404,
  FF_DEPLOY_NO_VERSION: 404,
  FF_API_NOT_RUNNING: 409,
  FF_DEPLOY_CONNECTION_CHANGED: 409,
  FF_DEPLOY_INTERRUPTED: 409,
  FF_DEPLOY_NOTHING_BEFORE: 409,
  FF_DEPLOY_SUPERSEDED: 409,
  FF_DEPLOY_UNHEALTHY: 409,
  FF_DEVELOPMENT_MODULES: 409,
  FF_DRAFT_UNSIGNED: 409,
  FF_CONNECTION_IN_USE: 409,
  FF_API_PRECONDITION_FAILED: 412,
  FF_API_BODY_TOO_LARGE: 413,
  FF_API_MEDIA_TYPE: 415,
  FF_API_DIGEST_MISMATCH: 422,
  FF_API_PRECONDITION_REQUIRED: 428,
  FF_API_TOO_MANY_LOGINS: 429,
  FF_NODE_TYPE_REFUSED: 422,
  FF_TOKEN_INVALID: 422,
  FF_API_BUSY: 503,
  FF_DEPLOY_COMMIT: 500,
  FF_STORE_REPLACED: 507,
  FF_STORE_WRITE: 507,
};

/** What the caller sent and is at fault: graphs, modules, artefacts and deploys that do not hold. */
const refusedAreas =
  /^FF_(GRAPH|MODULE|ARTEFACT|CONNECTION|DEPLOY|DRAFT|DRIVER|EXPR|FLOW|FUSE|OUTBOUND|RECORDING|RELEASE)_/;

function statusOf(code: ErrorCode): number {
  return statusByCode[code] ?? (refusedAreas.test(code) ? 422 : 500);
}

export function problemOf(error: FlowFusionError, requestId: string): Problem {
  const { meaning, remedy } = errorRegistry[error.code];
  const shown = error.diagnostics.slice(0, DIAGNOSTICS_MAX);
  const omitted = error.diagnostics.length - shown.length;
  return {
    type: `urn:flowfusion:problem:${error.code}`,
    title: meaning,
    status: statusOf(error.code),
    code: error.code,
    detail: omitted === 0 ? error.message : `${error.message} (${omitted} more diagnostics are not shown)`,
    remedy,
    requestId,
    diagnostics: shown,
    ...(error instanceof ApiError ? error.members : {}),
  };
}

/** As an answer of the API would tell it. */
export function asProblem(error: unknown, requestId: string): Problem {
  return error instanceof FlowFusionError ? problemOf(error, requestId) : internalProblem(requestId);
}

/** Says nothing of the cause, which may hold what the caller must not see; the log has it under the request id. */
export function internalProblem(requestId: string): Problem {
  return problemOf(
    new FlowFusionError(
      "FF_API_INTERNAL",
      `the request failed unexpectedly; see the gateway's log, request ${requestId}`,
    ),
    requestId,
  );
}
