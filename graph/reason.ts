// What an error says, for a sentence that names the place already.

/** Its message; of an error of the system without the call and the paths that Node.js appends: `, open '/etc/x'`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error;
  if (!("syscall" in error)) return message;
  const appended = message.indexOf(`, ${error.syscall}`);
  return appended < 0 ? message : message.slice(0, appended);
}

/** Codes with which Node.js says that nobody who is trusted signed a peer's certificate. */
export const unknownSignerCodes = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];
