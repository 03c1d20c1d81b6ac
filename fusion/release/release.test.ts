import { generateKeyPairSync, sign } from "node:crypto";
import type { Digest, FlowName } from "@flowfusion/graph";
import { describe, expect, test } from "vitest";
import { type ReleaseBundle, readPublisher, signRelease, verifyRelease } from "./release.ts";

const untrusted = expect.objectContaining({ code: "FF_RELEASE_UNTRUSTED" });
const release = { flow: "boiler" as FlowName, artefact: `sha256:${"a".repeat(64)}` as Digest, number: 7 };

function keys() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { privateKey, publisher: readPublisher(publicKey) };
}
const plant = keys();
const stranger = keys();

/** A bundle of any payload, well signed. */
function signedBundle(payload: string | Buffer, payloadType = "application/vnd.in-toto+json"): ReleaseBundle {
  const bytes = Buffer.from(payload as string);
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} `), bytes]);
  const sig = sign(null, signed, plant.privateKey).toString("base64");
  return { payloadType, payload: bytes.toString("base64"), signatures: [{ keyid: plant.publisher.keyId, sig }] };
}

describe("a release", () => {
  test("says what was signed, and by whom, whichever of the trusted keys it was", () => {
    const bundle = signRelease(release, plant.privateKey);
    const expected = { ...release, publisher: plant.publisher.keyId };
    expect(verifyRelease(bundle, [stranger.publisher, plant.publisher])).toEqual(expected);
    expect(verifyRelease(JSON.parse(JSON.stringify(bundle)), [plant.publisher])).toEqual(expected);
  });

  test("is the same each time it is signed", () => {
    expect(signRelease(release, plant.privateKey)).toEqual(signRelease(release, plant.privateKey));
  });

  test("is not trusted when a stranger signed it, whatever key id it shows", () => {
    const bundle = signRelease(release, stranger.privateKey);
    const posing = { ...bundle, signatures: [{ ...bundle.signatures[0]!, keyid: plant.publisher.keyId }] };
    for (const given of [bundle, posing, { ...bundle, signatures: [] }]) {
      expect(() => verifyRelease(given, [plant.publisher])).toThrow(untrusted);
    }
    expect(() => verifyRelease(signRelease(release, plant.privateKey), [])).toThrow(untrusted);
  });

  test("is trusted when one of several signatures is good", () => {
    const [ours, theirs] = [signRelease(release, plant.privateKey), signRelease(release, stranger.privateKey)];
    const both = { ...ours, signatures: [...theirs.signatures, ...ours.signatures] };
    expect(verifyRelease(both, [plant.publisher]).number).toBe(7);
    const many = { ...ours, signatures: Array.from({ length: 9 }, () => ours.signatures[0]!) };
    expect(() => verifyRelease(many, [plant.publisher])).toThrow(untrusted);
  });

  test("is not trusted when any byte of what was signed is another", () => {
    const bundle = signRelease(release, plant.privateKey);
    const payload = Buffer.from(bundle.payload, "base64");
    for (let at = 0; at < payload.length; at++) {
      const changed = Buffer.from(payload);
      changed[at]! ^= 1;
      const given = { ...bundle, payload: changed.toString("base64") };
      expect(() => verifyRelease(given, [plant.publisher]), `byte ${at}`).toThrow(untrusted);
    }
  });

  const statement = JSON.parse(Buffer.from(signRelease(release, plant.privateKey).payload, "base64").toString());
  test.each([
    ["not JSON", "hello"],
    ["null", "null"],
    ["an array", "[]"],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
    ["another statement", JSON.stringify({ ...statement, _type: "x" })],
    ["another predicate", JSON.stringify({ ...statement, predicateType: "https://slsa.dev/provenance/v1" })],
    ["no subject", JSON.stringify({ ...statement, subject: [] })],
    ["two subjects", JSON.stringify({ ...statement, subject: [statement.subject[0], statement.subject[0]] })],
    ["a subject without a digest", JSON.stringify({ ...statement, subject: [{ name: "boiler" }] })],
    ["a short digest", JSON.stringify({ ...statement, subject: [{ name: "boiler", digest: { sha256: "aa" } }] })],
    ["release 0", JSON.stringify({ ...statement, predicate: { release: 0 } })],
    ["release 1.5", JSON.stringify({ ...statement, predicate: { release: 1.5 } })],
    ["release as text", JSON.stringify({ ...statement, predicate: { release: "7" } })],
    ["a release too large to count", JSON.stringify({ ...statement, predicate: { release: 2 ** 60 } })],
    ["too much", JSON.stringify({ ...statement, more: "x".repeat(20_000) })],
  ])("is none when what is signed is %s, though the signature is good", (_what, payload) => {
    expect(() => verifyRelease(signedBundle(payload), [plant.publisher])).toThrow(untrusted);
  });

  test("is none of another payload type, though the signature is good", () => {
    const bundle = signedBundle(JSON.stringify(statement), "text/plain");
    expect(() => verifyRelease(bundle, [plant.publisher])).toThrow(untrusted);
  });

  test("of a flow that cannot be is refused", () => {
    const subject = [{ ...statement.subject[0], name: "../boiler" }];
    expect(() => verifyRelease(signedBundle(JSON.stringify({ ...statement, subject })), [plant.publisher])).toThrow(
      expect.objectContaining({ code: "FF_GRAPH_BAD_ID" }),
    );
  });
});

describe("a key", () => {
  test.each([
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["a NIST curve", generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ])("of %s is refused", (_kind, { privateKey, publicKey }) => {
    const badKey = expect.objectContaining({ code: "FF_RELEASE_KEY" });
    expect(() => readPublisher(publicKey.export({ type: "spki", format: "pem" }).toString())).toThrow(badKey);
    expect(() => signRelease(release, privateKey.export({ type: "pkcs8", format: "pem" }).toString())).toThrow(badKey);
  });

  test("to sign with is refused where the one to check with is meant, so that it is not left on a gateway", () => {
    expect(() => readPublisher(plant.privateKey)).toThrow("this is a private key, which stays with who signs");
  });

  test("that is none is refused without being told", () => {
    for (const text of ["", "hunter2", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"]) {
      const signing = () => signRelease(release, text);
      expect(signing).toThrow(expect.objectContaining({ code: "FF_RELEASE_KEY" }));
      expect(signing).not.toThrow("hunter2");
    }
  });
});
