// Signed releases: a publisher says that an artefact is release N of a flow. Not the file alone is signed, but what it is
// for: an artefact that was signed for one flow is no release of another, and an older release, however well signed, can be
// told from a newer one. The envelope is DSSE, the statement in-toto's, the key Ed25519, so that other tools can make and
// check them; the envelope lies beside the artefact, which stays the same bytes signed or not.
//
//   { payloadType, payload: base64 of the statement, signatures: [{ keyid, sig }] }
//   signed are the bytes: "DSSEv1" SP len(type) SP type SP len(payload) SP payload

import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { type Digest, FlowFusionError, type FlowName, parseFlowName } from "@flowfusion/graph";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "https://flowfusion.dev/release/v1";
const SIGNATURES_MAX = 8;
const PAYLOAD_CHARS_MAX = 16 * 1024;

export interface Release {
  readonly flow: FlowName;
  readonly artefact: Digest;
  /** Counts up with each release of the flow; a gateway goes back to none that is lower. */
  readonly number: number;
}

/** A DSSE envelope, as JSON. */
export interface ReleaseBundle {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** The public key of somebody whose releases a gateway takes. */
export interface Publisher {
  readonly keyId: string;
  readonly key: KeyObject;
}

/**
 * Reads an Ed25519 public key in PEM; throws FF_RELEASE_KEY. Node.js would take it out of a private one, which is not to be where
 * releases run.
 */
export function readPublisher(pem: string): Publisher {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    throw new FlowFusionError(
      "FF_RELEASE_KEY",
      "this is a private key, which stays with who signs; give the public one: openssl pkey -in PRIVATE -pubout",
    );
  }
  return publisherOf(readKey(() => createPublicKey(pem)));
}

/** `privateKeyPem`: Ed25519, as `openssl genpkey -algorithm ed25519` writes it. */
export function signRelease(release: Release, privateKeyPem: string): ReleaseBundle {
  const key = readKey(() => createPrivateKey(privateKeyPem));
  const { keyId } = publisherOf(createPublicKey(key));
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: release.flow, digest: { sha256: release.artefact.slice("sha256:".length) } }],
    predicateType: PREDICATE_TYPE,
    predicate: { release: release.number },
  };
  const payload = Buffer.from(JSON.stringify(statement), "utf8");
  const sig = sign(null, preAuthEncoding(PAYLOAD_TYPE, payload), key).toString("base64");
  return { payloadType: PAYLOAD_TYPE, payload: payload.toString("base64"), signatures: [{ keyid: keyId, sig }] };
}

/** What a bundle says, once one of the publishers is found to have signed it; throws FF_RELEASE_UNTRUSTED. */
export function verifyRelease(
  bundle: ReleaseBundle,
  publishers: readonly Publisher[],
): Release & { readonly publisher: string } {
  if (bundle.payloadType !== PAYLOAD_TYPE || bundle.signatures.length > SIGNATURES_MAX) {
    throw untrusted(`a DSSE envelope of ${PAYLOAD_TYPE} with at most ${SIGNATURES_MAX} signatures is needed`);
  }
  if (bundle.payload.length > PAYLOAD_CHARS_MAX) {
    throw untrusted(`the statement has ${bundle.payload.length} characters, ${PAYLOAD_CHARS_MAX} allowed`);
  }
  const payload = Buffer.from(bundle.payload, "base64");
  const signed = preAuthEncoding(bundle.payloadType, payload);
  const publisher = publishers.find(({ key }) =>
    // The key id is a hint for people: which key signed is found by trying those that are trusted.
    bundle.signatures.some(({ sig }) => verify(null, signed, key, Buffer.from(sig, "base64"))),
  );
  if (publisher === undefined) {
    const by = bundle.signatures.map(({ keyid }) => keyid.slice(0, 80)).join(", ") || "nobody";
    throw untrusted(`it is signed by ${by}; trusted are ${publishers.map(({ keyId }) => keyId).join(", ") || "none"}`);
  }
  return { ...readStatement(payload), publisher: publisher.keyId };
}

/** Only read when the signature is good: what is not signed is not parsed. */
function readStatement(payload: Buffer): Release {
  const statement = parseJson(payload) as {
    readonly _type?: unknown;
    readonly subject?: readonly { readonly name?: unknown; readonly digest?: { readonly sha256?: unknown } }[];
    readonly predicateType?: unknown;
    readonly predicate?: { readonly release?: unknown };
  } | null;
  const subject =
    Array.isArray(statement?.subject) && statement.subject.length === 1 ? statement.subject[0] : undefined;
  const digest = subject?.digest?.sha256;
  const number = statement?.predicate?.release;
  if (
    statement?._type !== STATEMENT_TYPE ||
    statement.predicateType !== PREDICATE_TYPE ||
    typeof subject?.name !== "string" ||
    typeof digest !== "string" ||
    !/^[0-9a-f]{64}$/.test(digest) ||
    typeof number !== "number" ||
    !Number.isSafeInteger(number) ||
    number < 1
  ) {
    throw untrusted("what is signed is not a release of one flow, with its digest and a number from 1 on");
  }
  return { flow: parseFlowName(subject.name), artefact: `sha256:${digest}` as Digest, number };
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    throw untrusted("what is signed is not JSON");
  }
}

function preAuthEncoding(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `, "utf8"), payload]);
}

function publisherOf(key: KeyObject): Publisher {
  return { keyId: hash("sha256", key.export({ type: "spki", format: "der" }), "hex").slice(0, 32), key };
}

function readKey(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new FlowFusionError(
      "FF_RELEASE_KEY",
      "the key is not in PEM, or encrypted, or not of the kind that is needed",
    );
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new FlowFusionError("FF_RELEASE_KEY", `the key is ${key.asymmetricKeyType}, ed25519 is needed`);
  }
  return key;
}

function untrusted(why: string): FlowFusionError {
  return new FlowFusionError("FF_RELEASE_UNTRUSTED", `the release is not trusted: ${why}`);
}
