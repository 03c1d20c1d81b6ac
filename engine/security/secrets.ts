// Secrets at rest: AES-256-GCM under a key that lies outside the database, so that a copy of the database alone tells
// nothing. What a secret belongs to (`connection/historian/password`) is authenticated with it: a sealed text that is moved
// to another owner does not open. The id of the key travels with each sealed text, so that keys can be changed while
// what was sealed under an older one still opens.
//
//   ffs1 . <key id, 8 hex digits> . <base64url of nonce (12 bytes), ciphertext, tag (16 bytes)>

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { FlowFusionError } from "@flowfusion/graph";

const FORM = "ffs1";
const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;

/** A sealed text; safe to store, useless without the key ring. */
export type SealedSecret = string & { readonly brand: "SealedSecret" };

interface SecretKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The first key seals; all of them open. */
export interface KeyRing {
  readonly current: SecretKey;
  readonly byId: ReadonlyMap<string, SecretKey>;
}

export function keyRing(keys: readonly Uint8Array[]): KeyRing {
  const wrong = keys.find((bytes) => bytes.length !== KEY_BYTES);
  if (keys.length === 0 || wrong !== undefined) {
    const found = wrong === undefined ? "no key given" : `a key has ${wrong.length} bytes`;
    throw new FlowFusionError("FF_SECRET_KEY", `${found}; at least one of exactly ${KEY_BYTES} bytes is needed`);
  }
  const ring = keys.map((bytes): SecretKey => ({ id: keyId(bytes), bytes }));
  return { current: ring[0]!, byId: new Map(ring.map((key) => [key.id, key])) };
}

/** `owner` names what the secret belongs to, down to the field; the same is needed to open it. */
export function sealSecret(ring: KeyRing, owner: string, clear: string): SealedSecret {
  const { id, bytes } = ring.current;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, bytes, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(id, owner));
  const body = Buffer.concat([nonce, cipher.update(clear, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `${FORM}.${id}.${body.toString("base64url")}` as SealedSecret;
}

/** Throws FF_SECRET_UNREADABLE, which says nothing of the content. */
export function openSecret(ring: KeyRing, owner: string, sealed: string): string {
  const { key, body } = parse(ring, owner, sealed);
  const decipher = createDecipheriv(ALGORITHM, key.bytes, body.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(key.id, owner));
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  try {
    const clear = [decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return Buffer.concat(clear).toString("utf8");
  } catch {
    throw unreadable(owner, "it was changed, or sealed for something else");
  }
}

/** Whether an older key sealed it, so that its owner should seal it anew. */
export function isStale(ring: KeyRing, sealed: string): boolean {
  return sealed.split(".")[1] !== ring.current.id;
}

function parse(ring: KeyRing, owner: string, sealed: string): { readonly key: SecretKey; readonly body: Buffer } {
  const [form, id, text, ...rest] = sealed.split(".");
  const body = Buffer.from(text ?? "", "base64url");
  if (form !== FORM || id === undefined || rest.length > 0 || body.length < NONCE_BYTES + TAG_BYTES) {
    throw unreadable(owner, "it is not a sealed secret");
  }
  const key = ring.byId.get(id);
  if (key === undefined) {
    const known = [...ring.byId.keys()].join(", ");
    throw unreadable(owner, `it was sealed with key ${JSON.stringify(id)}, this gateway has ${known}`);
  }
  return { key, body };
}

/** Names the key without telling it. */
function keyId(key: Uint8Array): string {
  return createHash("sha256").update("flowfusion key id").update(key).digest("hex").slice(0, 8);
}

function associatedData(id: string, owner: string): Buffer {
  return Buffer.from(`${FORM}.${id}.${owner}`, "utf8");
}

function unreadable(owner: string, why: string): FlowFusionError {
  return new FlowFusionError("FF_SECRET_UNREADABLE", `the secret of ${owner} cannot be opened: ${why}; enter it again`);
}
