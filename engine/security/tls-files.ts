// Certificate and key of the control API, from files. They are checked before anything listens, so that a mistake is a
// message at the start and not a handshake that fails for everybody later.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import { FlowFusionError } from "@flowfusion/graph";

export interface TlsFiles {
  /** PEM: the certificate, then those that lead to its root. */
  readonly certFile: string;
  /** PEM, not encrypted, and for no others to read. */
  readonly keyFile: string;
  /** PEM. When given, every client must present a certificate that one of these signed, besides its token. */
  readonly clientCaFile?: string | undefined;
}

export type TlsMaterial = Required<Pick<SecureContextOptions, "cert" | "key" | "minVersion">> & {
  readonly ca?: string;
};

/** Throws FF_GATEWAY_TLS, which names the file and never what is in it. */
export async function loadTls({ certFile, keyFile, clientCaFile }: TlsFiles, nowMs = Date.now()): Promise<TlsMaterial> {
  const cert = await read(certFile);
  const key = await read(keyFile);
  await demandPrivate(keyFile);
  const certificate = parseCertificate(certFile, cert);
  if (!certificate.checkPrivateKey(parseKey(keyFile, key))) {
    throw bad(keyFile, `is not the key of the certificate in ${certFile}`);
  }
  if (Date.parse(certificate.validTo) <= nowMs) {
    throw bad(certFile, `holds a certificate that ended on ${certificate.validTo}`);
  }
  const minVersion = "TLSv1.2";
  if (clientCaFile === undefined) {
    return { cert, key, minVersion };
  }
  const ca = await read(clientCaFile);
  parseCertificate(clientCaFile, ca);
  return { cert, key, minVersion, ca };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw bad(path, `cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Group rights are left alone, as that is how a supervisor hands a key to a service. */
async function demandPrivate(path: string): Promise<void> {
  const { mode } = await stat(path);
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

function bad(path: string, why: string): FlowFusionError {
  return new FlowFusionError("FF_GATEWAY_TLS", `${path} ${why}`);
}
