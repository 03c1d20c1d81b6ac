// Who is who. The driver shows a certificate of its own, made at the first start and kept in its folder, so that the server
// can be told once to trust it. The server's certificate must be one of those that the configuration names: a refusal says
// which was shown, for somebody to compare with what the server itself says before it is added.

import { createHash, createPrivateKey } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { type StatusCode, StatusCodes } from "node-opcua-client";
import {
  type ICertificateKeyPairProvider,
  InMemoryCertificateKeyPairProvider,
  InMemoryCertificateStore,
} from "node-opcua-common";
import {
  type Certificate,
  CertificatePurpose,
  convertPEMtoDER,
  createSelfSignedCertificate,
  exploreCertificate,
  generateKeyPair,
  privateKeyToPEM,
} from "node-opcua-crypto";

const validDays = 10 * 365;
/** As far as this clock may be ahead of the server's. */
const aheadMs = 24 * 60 * 60 * 1000;

const fingerprint = (certificate: Uint8Array): string =>
  `sha256:${createHash("sha256").update(certificate).digest("hex")}`;

export interface OwnCertificate {
  readonly provider: ICertificateKeyPairProvider;
  readonly fingerprint: string;
  /** Where it is as a file, for the server's administrator. */
  readonly path: string;
}

/** Reads the certificate of this driver, and makes one where there is none. */
export async function ownCertificate(folder: string, applicationUri: string): Promise<OwnCertificate> {
  const path = join(folder, "certificate.pem");
  const keyPath = join(folder, "private-key.pem");
  const [certificate, key] = await Promise.all([readText(path), readText(keyPath)]);
  if (certificate === undefined || key === undefined) {
    await make(path, keyPath, folder, applicationUri);
    return ownCertificate(folder, applicationUri);
  }
  const der = convertPEMtoDER(certificate) as Certificate;
  const provider = new InMemoryCertificateKeyPairProvider([der], { hidden: createPrivateKey(key) });
  return { provider, fingerprint: fingerprint(der), path };
}

async function make(path: string, keyPath: string, folder: string, applicationUri: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { privateKey } = await generateKeyPair(2048);
  const { cert } = await createSelfSignedCertificate({
    privateKey,
    subject: "/CN=Flow Fusion OPC UA driver",
    dns: [hostname()],
    applicationUri,
    notBefore: new Date(Date.now() - aheadMs),
    validity: validDays,
    purpose: CertificatePurpose.ForApplication,
  });
  const { privPem } = await privateKeyToPEM(privateKey);
  // The certificate last: with it the pair is whole.
  await writeWhole(keyPath, privPem);
  await writeWhole(path, cert);
}

async function writeWhole(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Trusts the certificates that were named, as long as they are valid; remembers why it refused the last one. */
export class TrustedServers extends InMemoryCertificateStore {
  readonly #trusted: ReadonlySet<string>;
  /** A sentence for people; undefined when nothing was refused. */
  refusal: string | undefined;

  constructor(fingerprints: readonly string[]) {
    super({ autoAcceptUnknown: false });
    this.#trusted = new Set(fingerprints);
  }

  override async checkCertificate(chain: Certificate | Certificate[]): Promise<StatusCode> {
    const certificate = Array.isArray(chain) ? chain[0] : chain;
    if (certificate === undefined) return StatusCodes.BadCertificateInvalid;
    const print = fingerprint(certificate);
    if (!this.#trusted.has(print)) {
      this.refusal = `the server's certificate ${print} is not trusted; if it is the server's, add it to trustedServers`;
      return StatusCodes.BadCertificateUntrusted;
    }
    const { notBefore, notAfter } = exploreCertificate(certificate).tbsCertificate.validity;
    const nowMs = Date.now();
    if (nowMs < notBefore.getTime() || nowMs > notAfter.getTime()) {
      this.refusal = `the server's certificate ${print} is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}, not now`;
      return StatusCodes.BadCertificateTimeInvalid;
    }
    return StatusCodes.Good;
  }
}
