// Why a sink failed, as an operator reads it. What Node.js advises about certificates concerns how it is started, which is
// nothing that who runs a gateway can change.

import { unknownSignerCodes } from "@flowfusion/graph";

/** `fetch` says only "fetch failed"; why is in the cause, and when several addresses failed, only in its code. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return messageOf(error);
  return `${error.message}: ${messageOf(cause)}`;
}

function messageOf(error: NodeJS.ErrnoException): string {
  if (error.code !== undefined && unknownSignerCodes.includes(error.code)) {
    return "the server's certificate is signed by nobody that is trusted here; give the authority's as `ca` of the connection";
  }
  return error.message || (error.code ?? error.name);
}
