// Certificates as a plant would make them, with openssl: one that signs itself, and an authority with what it signs.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface SelfSigned {
  readonly days?: number;
  /** Whom it is for, as openssl writes it. */
  readonly names?: string;
}

/** A certificate that signs itself, beside its key in that folder: `name.pem`, `name.key`. */
export async function selfSigned(
  folder: string,
  name: string,
  { days = 2, names = "IP:127.0.0.1" }: SelfSigned = {},
): Promise<CertificateFiles> {
  const files = filesOf(folder, name);
  const subject = ["-subj", `/CN=${name}`, "-days", String(days), "-addext", `subjectAltName=${names}`];
  await run("openssl", ["req", "-x509", ...newKey, "-keyout", files.keyFile, "-out", files.certFile, ...subject]);
  return load(files);
}

export class TestAuthority implements AsyncDisposable {
  readonly #folder: string;
  readonly certFile: string;
  readonly cert: string;

  private constructor(folder: string, { certFile, cert }: CertificateFiles) {
    this.#folder = folder;
    this.certFile = certFile;
    this.cert = cert;
  }

  static async create(): Promise<TestAuthority> {
    const folder = await mkdtemp(join(tmpdir(), "ff-authority-"));
    const files = filesOf(folder, "ca");
    const subject = ["-subj", "/CN=Test authority", "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE"];
    await run("openssl", ["req", "-x509", ...newKey, "-keyout", files.keyFile, "-out", files.certFile, ...subject]);
    return new TestAuthority(folder, await load(files));
  }

  /** Signs a certificate for 127.0.0.1 and localhost; `name` says who it is. With `days` below 0 it has expired. */
  async sign(name: string, days = 2): Promise<CertificateFiles> {
    const files = filesOf(this.#folder, name);
    const authority = filesOf(this.#folder, "ca");
    const [request, extensions] = [join(this.#folder, `${name}.csr`), join(this.#folder, `${name}.ext`)];
    await writeFile(extensions, "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    await run("openssl", ["req", ...newKey, "-keyout", files.keyFile, "-out", request, "-subj", `/CN=${name}`]);
    await run("openssl", [
      ...["x509", "-req", "-in", request, "-out", files.certFile, "-days", String(days), "-extfile", extensions],
      ...["-CA", authority.certFile, "-CAkey", authority.keyFile, "-CAcreateserial"],
    ]);
    return load(files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

const filesOf = (folder: string, name: string) => ({
  certFile: join(folder, `${name}.pem`),
  keyFile: join(folder, `${name}.key`),
});

async function load({ certFile, keyFile }: Pick<CertificateFiles, "certFile" | "keyFile">): Promise<CertificateFiles> {
  return { certFile, keyFile, cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8") };
}
