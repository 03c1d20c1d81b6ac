// What went wrong, as people are told it: a sentence, what to do, and what finds it in the gateway's log.

import { GatewayError } from "@flowfusion/client/browser";
import { errorRegistry, FlowFusionError } from "@flowfusion/graph";
import { strings } from "../strings.ts";

export interface Fault {
  readonly title: string;
  readonly remedy: string;
  /** For example `FF_API_FORBIDDEN`; absent for a defect of the page itself. */
  readonly code?: string;
  readonly requestId?: string;
  readonly diagnostics: readonly { readonly path: string; readonly message: string }[];
}

export function faultOf(error: unknown): Fault {
  if (isUnreachable(error)) {
    return { title: strings.faults.unreachable, remedy: strings.faults.unreachableRemedy, diagnostics: [] };
  }
  if (error instanceof FlowFusionError) {
    const { code, message, diagnostics } = error;
    const requestId = error instanceof GatewayError ? error.requestId : undefined;
    return {
      title: message,
      remedy: errorRegistry[code].remedy,
      code,
      diagnostics,
      ...(requestId !== undefined && { requestId }),
    };
  }
  const title = error instanceof Error ? error.message : String(error);
  return { title, remedy: strings.faults.defectRemedy, diagnostics: [] };
}

/** Nobody answered: the gateway is down, or the network is. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof FlowFusionError && error.code === "FF_GATEWAY_UNREACHABLE";
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof FlowFusionError && error.code === "FF_API_UNAUTHORIZED";
}

/** Somebody else was faster: the write was meant for an older generation. */
export function isConflict(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.code === "FF_API_PRECONDITION_FAILED";
}

/** There is no such thing on the gateway. */
export function isNotFound(error: unknown): boolean {
  return error instanceof FlowFusionError && error.code === "FF_API_NOT_FOUND";
}
