import { expect, test } from "vitest";
import { refusalText } from "./refusal.ts";

const caller = { username: "operator", certificatePath: "/data/certificate.pem" };

test.each([
  [
    " serviceResult = BadCertificateUntrusted (0x801a0000)",
    "the server does not trust this driver: BadCertificateUntrusted; give it /data/certificate.pem",
  ],
  [" serviceResult = BadUserAccessDenied (0x801f0000)", "the server refuses user operator: BadUserAccessDenied"],
  [
    " serviceResult = BadTooManySessions (0x80560000)",
    "the server has no session left: BadTooManySessions; let it have more, or end some of other clients",
  ],
  [" serviceResult = BadTooManyOperations (0x80100000)", "BadTooManyOperations (0x80100000)"],
  ["connect ECONNREFUSED 127.0.0.1:4840\n  at line", "connect ECONNREFUSED 127.0.0.1:4840"],
])("what a server says is told with what to do: %s", (said, told) => {
  expect(refusalText(new Error(said), caller)).toBe(told);
});

test("a server that wants a name is told to be one", () => {
  expect(refusalText(new Error("serviceResult = BadIdentityTokenRejected"), { certificatePath: "" })).toBe(
    "the server refuses to be read without username: BadIdentityTokenRejected",
  );
});
