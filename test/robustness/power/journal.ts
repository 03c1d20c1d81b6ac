// What a process did to its disk, as strace wrote it down, done again to a disk of which it is known what was synced.

import { Disk } from "./disk.ts";

const calls = [
  ...[
    "openat",
    "open",
    "creat",
    "close",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "ftruncate",
    "truncate",
  ],
  ...["fallocate", "fsync", "fdatasync", "sync_file_range", "rename", "renameat", "renameat2", "unlink", "unlinkat"],
  ...[
    "mkdir",
    "mkdirat",
    "rmdir",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "sendfile",
    "copy_file_range",
    "io_uring_setup",
  ],
];

/** What to start a process through, for `replay` to read `file`. */
export const traced = (file: string): readonly string[] => [
  ...["strace", "-D", "-f", "-q", "-y", "-xx", "-s", String(64 * 1024 * 1024), "--seccomp-bpf"],
  ...["-e", `trace=${calls.join(",")}`, "-e", "signal=none", "-o", file, "--"],
];

interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: string;
}

interface Descriptor {
  readonly isAppending: boolean;
  position: number;
}

const lineShape = /^(\d+) +(.*)$/;
const wholeShape = /^(\w+)\((.*)\) += (.*)$/;
const begunShape = /^(\w+)\((.*?),? *<unfinished \.\.\.>$/;
const endedShape = /^<\.\.\. (\w+) resumed>(.*)\) += (.*)$/;

const text = (hex: string): string => Buffer.from(hex.replaceAll("\\x", ""), "hex").toString();
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll("\\x", ""), "hex");
const deleted = " (deleted)";

export class Replay {
  readonly disk: Disk;
  readonly #descriptors = new Map<number, Descriptor>();
  /** Calls that have begun, by thread; of a sync, what it is certain to keep. */
  readonly #begun = new Map<string, { readonly args: string; readonly keep: (() => void) | undefined }>();

  constructor(root: string) {
    this.disk = new Disk(root);
  }

  /** One line of what strace wrote. Throws where a call is met that this disk does not know. */
  take(line: string): void {
    const [, thread = "", rest = ""] = lineShape.exec(line) ?? [];
    const begun = begunShape.exec(rest);
    if (begun) {
      const [, name = "", args = ""] = begun;
      this.#begun.set(thread, { args, keep: this.#syncOf(name, args) });
      return;
    }
    const ended = endedShape.exec(rest);
    if (ended) {
      const [, name = "", args = "", result = ""] = ended;
      const before = this.#begun.get(thread);
      this.#begun.delete(thread);
      const joined = [before?.args, args.replace(/^,? */, "")].filter(Boolean).join(", ");
      this.#do({ name, args: joined, result }, before?.keep);
      return;
    }
    const [, name = "", args = "", result = ""] = wholeShape.exec(rest) ?? [];
    if (name !== "") this.#do({ name, args, result }, this.#syncOf(name, args));
  }

  #do({ name, args, result }: Call, keep: (() => void) | undefined): void {
    if (result.startsWith("-1") || result.startsWith("?")) return;
    const quoted = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => hex!);
    const [, number = "", where = ""] = /^(\d+)<((?:\\x[0-9a-f]{2}|[^>])*)>/.exec(args) ?? [];
    const descriptor = Number(number);
    if (name === "fsync" || name === "fdatasync") keep?.();
    else if (name === "openat" || name === "open") this.#open(quoted[0]!, args, result);
    else if (name === "close") this.#descriptors.delete(descriptor);
    else {
      const target = text(where);
      const last = Number(args.split(", ").at(-1));
      const bytes = () => Buffer.concat(quoted.map(bytesOf)).subarray(0, Number(result));
      if (number !== "") this.#changeFile(name, { descriptor, target, bytes, last });
      else this.#changeNames(name, quoted.map(text));
    }
  }

  #changeFile(
    name: string,
    { descriptor, target, bytes, last }: { descriptor: number; target: string; bytes: () => Buffer; last: number },
  ): void {
    if (!this.disk.holds(target) || target.endsWith(deleted)) return;
    const file = this.disk.file(target);
    if (name === "pwrite64" || name === "pwritev") file.write(last, bytes());
    else if (name === "ftruncate") file.truncate(last);
    else if (name === "write" || name === "writev") {
      const open = this.#descriptors.get(descriptor) ?? { isAppending: true, position: 0 };
      const offset = open.isAppending ? file.length : open.position;
      file.write(offset, bytes());
      open.position = offset + bytes().length;
    } else throw new Error(`${name} of ${target} is not known to this disk`);
  }

  #changeNames(name: string, given: readonly string[]): void {
    const [first, second] = given.filter((one) => this.disk.holds(one));
    if (first === undefined) return;
    if (name.startsWith("rename") && second !== undefined) this.disk.rename(first, second);
    else if (name.startsWith("unlink") || name === "rmdir") this.disk.remove(first);
    else if (name.startsWith("mkdir")) this.disk.makeFolder(first);
    else throw new Error(`${name} of ${given.join(", ")} is not known to this disk`);
  }

  #open(hex: string, args: string, result: string): void {
    const name = text(hex);
    const descriptor = Number.parseInt(result, 10);
    this.#descriptors.set(descriptor, { isAppending: args.includes("O_APPEND"), position: 0 });
    if (!this.disk.holds(name) || this.disk.isFolder(name) || !args.includes("O_CREAT")) return;
    const file = this.disk.file(name);
    if (args.includes("O_TRUNC") && file.length > 0) file.truncate(0);
  }

  #syncOf(name: string, args: string): (() => void) | undefined {
    if (name !== "fsync" && name !== "fdatasync") return undefined;
    const target = text(/^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args)?.[1] ?? "");
    if (this.disk.isFolder(target)) {
      const names = this.disk.namesIn(target);
      return () => this.disk.syncNames(target, names);
    }
    if (!this.disk.holds(target) || target.endsWith(deleted)) return undefined;
    const file = this.disk.file(target);
    const { changes } = file;
    return () => file.sync(changes);
  }
}
