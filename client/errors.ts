// How the client reports what went wrong. Three kinds, told apart by `code`: the gateway refused (the code, detail and
// diagnostics of its problem document), nobody answered (FF_GATEWAY_UNREACHABLE), or something else than a gateway
// answered (FF_GATEWAY_ANSWER). Only the first says anything about the flow.

import { type Diagnostic, type ErrorCode, errorRegistry, FlowFusionError } from "@flowfusion/graph";
import type { Conflict, DeployStep, ProblemDocument } from "./types.ts";

interface GatewayErrorFields {
  readonly endpoint: string;
  readonly status?: number;
  readonly diagnostics?: readonly Diagnostic[];
  readonly step?: DeployStep;
  readonly current?: Conflict;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class GatewayError extends FlowFusionError {
  readonly endpoint: string;
  /** HTTP status; absent when no answer came. */
  readonly status: number | undefined;
  /** The step of a deploy that failed. */
  readonly step: DeployStep | undefined;
  /** With a stale write: the version that runs now. */
  readonly current: Conflict | undefined;
  /** Finds the request in the gateway's log. */
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, fields: GatewayErrorFields) {
    super(code, message, { cause: fields.cause, diagnostics: fields.diagnostics ?? [] });
    this.name = "GatewayError";
    this.endpoint = fields.endpoint;
    this.status = fields.status;
    this.step = fields.step;
    this.current = fields.current;
    this.requestId = fields.requestId;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** The answer to HEAD has no body, hence no code; these two can be told all the same. */
const bodiless: { readonly [status: number]: { readonly code: ErrorCode; readonly message: string } } = {
  401: { code: "FF_API_UNAUTHORIZED", message: "the token is not valid on this gateway" },
  403: { code: "FF_API_FORBIDDEN", message: "the token's role does not allow this" },
};

/** Turns a refusal into an error; an answer that is no problem document of ours says so instead of posing as one. */
export async function refusal(response: Response, endpoint: string, request: string): Promise<GatewayError> {
  const text = await response.text().catch(() => "");
  const problem = parseProblem(response, text);
  const retryAfterMs = retryAfter(response);
  const common = { endpoint, status: response.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const told = request.startsWith("HEAD ") ? bodiless[response.status] : undefined;
  if (told !== undefined) return new GatewayError(told.code, `${endpoint}: ${told.message}`, common);
  if (problem === undefined) {
    return new GatewayError(
      "FF_GATEWAY_ANSWER",
      `${request} at ${endpoint}: status ${response.status} without a problem document of a gateway` +
        `${text === "" ? "" : ` (begins ${JSON.stringify(text.slice(0, 80))})`}`,
      common,
    );
  }
  if (!isErrorCode(problem.code)) {
    return new GatewayError(
      "FF_GATEWAY_ANSWER",
      `${request} at ${endpoint}: ${problem.detail} (status ${response.status}, code ${problem.code}, which this client does not know)`,
      common,
    );
  }
  return ofProblem(problem, problem.code, common);
}

/** A refusal that came as an event of a stream. */
export function failure(problem: ProblemDocument, endpoint: string, request: string): GatewayError {
  const { code, detail, status } = problem;
  return isErrorCode(code)
    ? ofProblem(problem, code, { endpoint, status })
    : new GatewayError("FF_GATEWAY_ANSWER", `${request} at ${endpoint}: ${detail} (code ${code})`, {
        endpoint,
        status,
      });
}

function ofProblem(problem: ProblemDocument, code: ErrorCode, common: GatewayErrorFields): GatewayError {
  return new GatewayError(code, problem.detail, {
    ...common,
    diagnostics: problem.diagnostics,
    ...(problem.step === undefined ? {} : { step: problem.step }),
    ...(problem.current === undefined ? {} : { current: problem.current }),
    requestId: problem.requestId,
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorRegistry, code);
}

function parseProblem(response: Response, text: string): ProblemDocument | undefined {
  if (!(response.headers.get("content-type") ?? "").startsWith("application/problem+json")) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return isProblem(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is ProblemDocument {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const fields = value as Record<string, unknown>;
  return typeof fields.code === "string" && typeof fields.detail === "string" && Array.isArray(fields.diagnostics);
}

function retryAfter(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
