// What there is to know of a language that nodes can be written in, and what it is given to compile.

export interface Language {
  /** As `--lang` spells it. */
  readonly name: string;
  /** As people spell it. */
  readonly title: string;
  /** The file by which a node's folder is known to be of this language. */
  readonly marker: string;
  /** What the marker must contain as well, where another language has the same one. */
  readonly markerContent?: RegExp;
  /** Folder of the kit, which `node new` copies into the node's folder as `nodekit`; none where the kit is not copied. */
  readonly kit?: string;
  /** The node that `node new` begins with. */
  readonly template: string;
  /** Spellings in the template's files, and what they become in a node's own folder. `NAME` stands for the node's name. */
  readonly replacements: readonly { readonly file: string; readonly from: string | RegExp; readonly to: string }[];
  /** Throws FF_NODE_TOOLCHAIN or FF_PACKAGE_MISSING when what `compile` needs is not there. */
  demandToolchain(): Promise<void>;
  /**
   * Compiles a node's folder to a module or component, its manifest not always in it. Throws FF_NODE_TOOLCHAIN when a
   * compiler is missing, FF_NODE_BUILD when it refuses the source.
   */
  compile(folder: BuildFolder): Promise<Uint8Array>;
}

export interface BuildFolder {
  readonly path: string;
  /** Node type, as in the manifest. */
  readonly name: string;
  /** The manifest, as JSON text. */
  readonly manifest: string;
  /** Where the kit is. */
  readonly kit: string;
  /** Called with what the compiler prints. */
  readonly onLine?: (line: string) => void;
}
