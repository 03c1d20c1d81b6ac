// Errors of this workspace. Transport imports nothing of the project, so it has its own class; the codes stand in
// the registry (graph/errors.ts) like all others.

export type TransportErrorCode = "FF_TRANSPORT_ADDRESS" | "FF_TRANSPORT_LISTEN";

export class TransportError extends Error {
  readonly code: TransportErrorCode;
  readonly address: string;

  constructor(code: TransportErrorCode, address: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "TransportError";
    this.code = code;
    this.address = address;
  }
}
