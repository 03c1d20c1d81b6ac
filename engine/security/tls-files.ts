// Certificate and key of the control API, from files. They are checked before anything listens, so that a mistake is a
// message at the start and not a handshake that fails for everybody later. A certificate that is no longer, or not yet, valid
// is no mistake of that kind: clients judge it by themselves, and a plant's data must not wait for a renewal, or for the right
// time, after a loss of power.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import { FlowFusionError, reasonOf } from "@flowfusion/graph";

export interface TlsFiles {
  /** PEM: the certificate, then those that lead to its root. */
  readonly certFile: string;
  /** PEM, not encrypted, and for no others to read. */
  readonly keyFile: string;
  /** PEM. When given, every client must present a certificate that one of these signed, besides its token. */
  readonly clientCaFile?: string | undefined;
}

export interface TlsMaterial extends Required<Pick<SecureContextOptions, "minVersion">> {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** From when until when a certificate is valid, ISO 8601, UTC. */
export interface Validity {
  readonly validFrom: string;
  readonly validTo: string;
}

/** What the API serves at present. */
export class ApiTls {
  readonly #files: TlsFiles;
  #read: TlsMaterial & Validity;

  private constructor(files: TlsFiles, read: TlsMaterial & Validity) {
    this.#files = files;
    this.#read = read;
  }

  /** Throws FF_GATEWAY_TLS, which names the file and never what is in it. */
  static async open(files: TlsFiles): Promise<ApiTls> {
    return new ApiTls(files, await readTls(files));
  }

  get material(): TlsMaterial {
    const { validFrom: _from, validTo: _to, ...material } = this.#read;
    return material;
  }

  get validity(): Validity {
    const { validFrom, validTo } = this.#read;
    return { validFrom, validTo };
  }

  /** A sentence for people; undefined while the certificate is valid. */
  invalidity(nowMs = Date.now()): string | undefined {
    return invalidityOf(this.#files.certFile, this.#read, nowMs);
  }

  /** Reads the files again; throws FF_GATEWAY_TLS, and stays with what it has, when they are no good or not valid now. */
  async renew(nowMs = Date.now()): Promise<TlsMaterial> {
    const next = await readTls(this.#files);
    const why = invalidityOf(this.#files.certFile, next, nowMs);
    if (why !== undefined) throw new FlowFusionError("FF_GATEWAY_TLS", why);
    this.#read = next;
    return this.material;
  }
}

function invalidityOf(certFile: string, { validFrom, validTo }: Validity, nowMs: number): string | undefined {
  if (Date.parse(validTo) <= nowMs) return `${certFile} holds a certificate that ended on ${validTo}`;
  if (Date.parse(validFrom) > nowMs) {
    return `${certFile} holds a certificate that begins on ${validFrom}; it is ${new Date(nowMs).toISOString()} here`;
  }
  return undefined;
}

async function readTls({ certFile, keyFile, clientCaFile }: TlsFiles): Promise<TlsMaterial & Validity> {
  const cert = await read(certFile);
  const key = await read(keyFile);
  await demandPrivate(keyFile);
  const certificate = parseCertificate(certFile, cert);
  if (!certificate.checkPrivateKey(parseKey(keyFile, key))) {
    throw bad(keyFile, `is not the key of the certificate in ${certFile}`);
  }
  const validFrom = new Date(certificate.validFrom).toISOString();
  const validTo = new Date(certificate.validTo).toISOString();
  const own = { cert, key, minVersion: "TLSv1.2", validFrom, validTo } as const;
  if (clientCaFile === undefined) return own;
  const ca = await read(clientCaFile);
  parseCertificate(clientCaFile, ca);
  return { ...own, ca };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Group rights are left alone, as that is how a supervisor hands a key to a service. */
async function demandPrivate(path: string): Promise<void> {
  const { mode } = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if ((mode & 0o007) !== 0) {
    throw bad(path, `has mode ${(mode & 0o777).toString(8).padStart(4, "0")}, so anybody may read it; chmod 0600 it`);
  }
}

function parseCertificate(path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw bad(path, "holds no certificate in PEM");
  }
}

function parseKey(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw bad(path, "holds no private key in PEM, or one that is encrypted");
  }
}

const unreadable = (path: string, error: unknown): FlowFusionError => bad(path, `cannot be read: ${reasonOf(error)}`);

function bad(path: string, why: string): FlowFusionError {
  return new FlowFusionError("FF_GATEWAY_TLS", `${path} ${why}`);
}
