// Real certificates for tests, made by openssl: an authority, and what it signs.

import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority in a folder; `name` keeps several apart. */
export class TestAuthority {
  readonly #folder: string;
  readonly #files: CertificateFiles;

  private constructor(folder: string, files: CertificateFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  static async create(folder: string, name: string): Promise<TestAuthority> {
    const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const subject = ["-subj", `/CN=${name}`, "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE"];
    await run("openssl", ["req", "-x509", ...ecKey, "-keyout", keyFile, "-out", certFile, ...subject]);
    return new TestAuthority(folder, await load(certFile, keyFile));
  }

  get certFile(): string {
    return this.#files.certFile;
  }

  get cert(): string {
    return this.#files.cert;
  }

  /** Signs a certificate for 127.0.0.1 and localhost. With `days` below 0 it has expired. */
  async sign(name: string, days = 2): Promise<CertificateFiles> {
    const [certFile, keyFile] = [join(this.#folder, `${name}.pem`), join(this.#folder, `${name}.key`)];
    const [requestFile, extensions] = [join(this.#folder, `${name}.csr`), join(this.#folder, `${name}.ext`)];
    await writeFile(extensions, "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    await run("openssl", ["req", ...ecKey, "-keyout", keyFile, "-out", requestFile, "-subj", `/CN=${name}`]);
    const authority = ["-CA", this.#files.certFile, "-CAkey", this.#files.keyFile, "-CAcreateserial"];
    await run("openssl", [
      "x509",
      "-req",
      "-in",
      requestFile,
      ...authority,
      "-days",
      String(days),
      "-extfile",
      extensions,
      "-out",
      certFile,
    ]);
    return load(certFile, keyFile);
  }
}

const ecKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

async function load(certFile: string, keyFile: string): Promise<CertificateFiles> {
  await chmod(keyFile, 0o600);
  return { certFile, keyFile, cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8") };
}
