// The files of the web console, as they were built: read once to know what there is, sent from disk as they are. A path is
// looked up, never resolved, so that none leads out of the folder. Each file may lie beside compressed forms of itself.

import type { Dirent } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, resolve, sep } from "node:path";

export interface ConsoleFile {
  readonly type: string;
  /** Its name holds a digest of what is in it, so that it never changes. */
  readonly isImmutable: boolean;
  /** What it can be sent as; `identity` always. */
  readonly encodings: ReadonlySet<Encoding>;
}

export type Encoding = "br" | "gzip" | "identity";

const suffixes: Record<Encoding, string> = { br: ".br", gzip: ".gz", identity: "" };
const types: { readonly [extension: string]: string } = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};
/** Where the build puts files whose names hold a digest. */
const hashedFolder = "assets/";
const pageName = "index.html";

export class ConsoleFiles {
  readonly #folder: string;
  readonly #files: ReadonlyMap<string, ConsoleFile>;

  private constructor(folder: string, files: ReadonlyMap<string, ConsoleFile>) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Undefined when the folder holds no console. */
  static async open(folder: string): Promise<ConsoleFiles | undefined> {
    const names = await namesIn(folder);
    const files = new Map<string, ConsoleFile>();
    for (const name of names) {
      const type = types[extname(name)];
      if (type === undefined) continue;
      const encodings = new Set<Encoding>(["identity"]);
      if (names.has(name + suffixes.br)) encodings.add("br");
      if (names.has(name + suffixes.gzip)) encodings.add("gzip");
      files.set(name, { type, isImmutable: name.startsWith(hashedFolder), encodings });
    }
    return files.has(pageName) ? new ConsoleFiles(folder, files) : undefined;
  }

  /** The file of this name, or the page where the name is a place in it: those have no extension. */
  find(name: string): { readonly name: string; readonly file: ConsoleFile } | undefined {
    const wanted = name === "" || extname(name) === "" ? pageName : name;
    const file = this.#files.get(wanted);
    return file === undefined ? undefined : { name: wanted, file };
  }

  async read(name: string, encoding: Encoding): Promise<Buffer> {
    return readFile(join(this.#folder, name + suffixes[encoding]));
  }
}

/** The smallest form that the client takes. */
export function chooseEncoding(file: ConsoleFile, accepted: string): Encoding {
  const offered = accepted.split(",").flatMap((one) => {
    const [coding = "", ...parameters] = one.split(";").map((part) => part.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) ? [] : [coding];
  });
  return (["br", "gzip"] as const).find((one) => file.encodings.has(one) && offered.includes(one)) ?? "identity";
}

/** Paths of all files in a folder, in relation to it. */
async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  const root = resolve(folder);
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    // All lie within, so that nothing needs to be resolved.
    const pathOf = ({ parentPath, name }: Dirent) => `${parentPath}${sep}${name}`.slice(root.length + 1);
    return new Set(files.map((file) => pathOf(file).split(sep).join("/")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Set();
    throw error;
  }
}
