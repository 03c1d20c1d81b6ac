// Certificates as a plant would make them, with openssl: an authority, a server on loopback, a client.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Pair {
  readonly cert: string;
  readonly key: string;
  readonly certPath: string;
  readonly keyPath: string;
}

export class Certificates implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the authority. */
  static async create(): Promise<Certificates> {
    const made = new Certificates(await mkdtemp(path.join(tmpdir(), "ff-certificates-")));
    await made.#openssl(
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout ca.key -out ca.crt".split(" "),
      ...["-subj", "/CN=Test authority"],
    );
    return made;
  }

  get caPath(): string {
    return path.join(this.#folder, "ca.crt");
  }

  ca(): Promise<string> {
    return readFile(this.caPath, "utf8");
  }

  /** For a server its name; for a client who it is. `san`: for example `IP:127.0.0.1`. */
  async sign(name: string, san?: string): Promise<Pair> {
    const file = (ending: string) => path.join(this.#folder, `${name}.${ending}`);
    await this.#openssl(
      ..."req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes".split(" "),
      ...["-keyout", file("key"), "-out", file("csr"), "-subj", `/CN=${name}`],
    );
    await writeFile(file("ext"), san === undefined ? "" : `subjectAltName=${san}\n`);
    await this.#openssl(
      ..."x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 1".split(" "),
      ...["-in", file("csr"), "-out", file("crt"), "-extfile", file("ext")],
    );
    const [cert, key] = await Promise.all([readFile(file("crt"), "utf8"), readFile(file("key"), "utf8")]);
    return { cert, key, certPath: file("crt"), keyPath: file("key") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }

  async #openssl(...args: string[]): Promise<void> {
    await run("openssl", args, { cwd: this.#folder });
  }
}
