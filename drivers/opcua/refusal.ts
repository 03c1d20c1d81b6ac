// Why a server refused, as who operates the gateway needs it: the library tells a status code, in words of its own.

export interface Caller {
  readonly username?: string | undefined;
  /** Where the driver's own certificate is. */
  readonly certificatePath: string;
}

const untrusted = new Set(["BadCertificateUntrusted", "BadSecurityChecksFailed"]);
const unknownUser = new Set(["BadUserAccessDenied", "BadIdentityTokenRejected", "BadIdentityTokenInvalid"]);

export function refusalText(error: unknown, { username, certificatePath }: Caller): string {
  const [said = ""] = String((error as Error).message ?? error).split("\n", 1);
  const code = /\bBad[A-Z]\w+/.exec(said)?.[0] ?? "";
  if (untrusted.has(code)) return `the server does not trust this driver: ${code}; give it ${certificatePath}`;
  if (unknownUser.has(code)) {
    return `the server refuses ${username === undefined ? "to be read without username" : `user ${username}`}: ${code}`;
  }
  if (code === "BadTooManySessions") {
    return `the server has no session left: ${code}; let it have more, or end some of other clients`;
  }
  return said.replace(/\bserviceResult = /, "").trim();
}
