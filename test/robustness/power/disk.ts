// What a disk holds when the power goes: what was synced for certain, and of all else anything. A folder's names are synced with
// the folder, a file's bytes with the file, after POSIX; no file system promises more. What it keeps of the rest is drawn:
// writes may have been kept in any order, or not at all.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

interface Change {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** `undefined` cuts or extends to a length. */
type Pending = Change | { readonly length: number };

class File {
  #synced: Buffer = Buffer.alloc(0);
  #pending: Pending[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  write(offset: number, bytes: Buffer): void {
    this.#pending.push({ offset, bytes });
    this.#length = Math.max(this.#length, offset + bytes.length);
  }

  truncate(length: number): void {
    this.#pending.push({ length });
    this.#length = length;
  }

  /** How many changes a sync that begins now is certain to keep. */
  get changes(): number {
    return this.#pending.length;
  }

  sync(changes: number): void {
    for (const change of this.#pending.splice(0, changes)) this.#synced = applied(this.#synced, change);
  }

  /** What is there with those of the changes kept that `isKept` says. */
  contents(isKept: () => boolean): Buffer {
    return this.#pending.filter(isKept).reduce(applied, this.#synced);
  }
}

function applied(content: Buffer, change: Pending): Buffer {
  const length = "length" in change ? change.length : Math.max(content.length, change.offset + change.bytes.length);
  const next = Buffer.alloc(length);
  content.copy(next, 0, 0, Math.min(content.length, length));
  if ("bytes" in change) change.bytes.copy(next, change.offset);
  return next;
}

type Entry = File | "folder";

export class Disk {
  readonly #root: string;
  readonly #names = new Map<string, Entry>();
  readonly #syncedNames = new Map<string, Entry>();

  /** All that is outside of `root` is no concern of this disk. */
  constructor(root: string) {
    this.#root = root;
  }

  holds(name: string): boolean {
    return name.startsWith(`${this.#root}/`);
  }

  /** The file of this name, which is made where there is none. */
  file(name: string): File {
    const there = this.#names.get(name);
    if (there instanceof File) return there;
    const made = new File();
    this.#names.set(name, made);
    return made;
  }

  makeFolder(name: string): void {
    this.#names.set(name, "folder");
  }

  remove(name: string): void {
    this.#names.delete(name);
  }

  rename(from: string, to: string): void {
    for (const [name, entry] of [...this.#names]) {
      if (name !== from && !name.startsWith(`${from}/`)) continue;
      this.#names.delete(name);
      this.#names.set(`${to}${name.slice(from.length)}`, entry);
    }
  }

  isFolder(name: string): boolean {
    return name === this.#root || this.#names.get(name) === "folder";
  }

  /** The names in a folder as they are now; for `syncNames` when the sync has ended. */
  namesIn(folder: string): ReadonlyMap<string, Entry> {
    return new Map([...this.#names].filter(([name]) => path.dirname(name) === folder));
  }

  syncNames(folder: string, names: ReadonlyMap<string, Entry>): void {
    for (const name of [...this.#syncedNames.keys()]) if (path.dirname(name) === folder) this.#syncedNames.delete(name);
    for (const [name, entry] of names) this.#syncedNames.set(name, entry);
  }

  /** Writes into the folder `target` what is there after the power went. `isKept` is asked for all that was not synced. */
  async leave(target: string, isKept: () => boolean): Promise<void> {
    const names = isKept() ? this.#names : this.#syncedNames;
    const place = (name: string) => path.join(target, path.relative(this.#root, name));
    await mkdir(target, { recursive: true });
    const isThere = (name: string): boolean => name === this.#root || (names.has(name) && isThere(path.dirname(name)));
    for (const [name, entry] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!isThere(name)) continue;
      if (entry === "folder") await mkdir(place(name), { mode: 0o700 });
      else await writeFile(place(name), entry.contents(isKept), { mode: 0o600 });
    }
  }
}
