// Why a sink failed, as an operator reads it. What Node.js advises about certificates concerns how it is started, which is
// nothing that who runs a gateway can change.

const unknownSigner: ReadonlySet<unknown> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return messageOf(error);
  return `${error.message}: ${messageOf(cause)}`;
}

function messageOf(error: NodeJS.ErrnoException): string {
  if (unknownSigner.has(error.code)) {
    return "the server's certificate is signed by nobody that is trusted here; give the authority's as `ca` of the connection";
  }
  return error.message || (error.code ?? error.name);
}
