// What the gateway remembers across restarts: one SQLite database and one folder of artefacts, under the data folder.
// The database refers to files, so a file is written before the row that names it and removed after the last one.

import { randomUUID } from "node:crypto";
import { access, constants, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Readable } from "node:stream";
import { type CanonicalGraph, type Digest, FlowFusionError, StoredGraphs } from "@flowfusion/graph";
import { clearTemporary, makeFolder, namesIn, writeDurably } from "../durable-file.ts";
import { failpoint } from "../failpoints.ts";
import { ArtefactFiles } from "./artefact-files.ts";
import { AuditTable } from "./audit-table.ts";
import { type ConnectionTable, connectionTable } from "./connection-table.ts";
import { copyDatabase } from "./copy-database.ts";
import { demandInPlace, openDatabase, transaction } from "./database.ts";
import { type DriverTable, driverTable } from "./driver-table.ts";
import { FlowTable } from "./flow-table.ts";
import { databaseFile, isHalfRestored } from "./half-restored.ts";
import { LayoutTable } from "./layout-table.ts";
import { MeteredFiles } from "./metered-files.ts";
import { NodeTypeTable } from "./node-type-table.ts";
import { ReleaseTable } from "./release-table.ts";
import { asStoreError } from "./store-error.ts";
import { TokenTable } from "./token-table.ts";

/** Versions kept for each flow, the running one included. */
const VERSIONS_KEPT_MAX = 20;
/** How long an artefact that no version uses is kept: the time from upload to deploy, amply. */
const UNUSED_ARTEFACT_MS = 60 * 60 * 1000;

/** A deploy's least: the pages that a commit appends to the write-ahead log. */
const PROBE_BYTES = 32 * 1024;

/** What a database names of the files beside it. */
export interface NamedFiles {
  readonly artefacts: Iterable<Digest>;
  readonly modules: Iterable<Digest>;
}

export interface ArtefactRow {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly graphDigest: Digest;
  /** The canonical graph, encoded; kept so that a flow whose file is damaged can still be described. */
  readonly graph: Uint8Array;
}

export interface WholeArtefact extends ArtefactRow {
  readonly wasm: Uint8Array;
}

export interface ArtefactStream {
  readonly sizeBytes: number;
  readonly bytes: Readable;
}

export class Store {
  readonly flows: FlowTable;
  /** Node modules, for flows that run node by node and for node types that were uploaded. */
  readonly modules: ArtefactFiles;
  readonly nodeTypes: NodeTypeTable;
  readonly layouts: LayoutTable;
  readonly drivers: DriverTable;
  readonly tokens: TokenTable;
  readonly audit: AuditTable;
  readonly releases: ReleaseTable;
  readonly connections: ConnectionTable;
  readonly #database: DatabaseSync;
  readonly #files: ArtefactFiles;
  readonly #selectArtefact: StatementSync;
  /** Modules that need not be metered again. */
  readonly metered: MeteredFiles;
  #keepers = 0;
  readonly dataDir: string;
  /** Reads the graphs of artefacts, which were checked before they were stored. */
  readonly graphs = new StoredGraphs();

  private constructor(dataDir: string, database: DatabaseSync, files: ArtefactFiles, modules: ArtefactFiles) {
    this.modules = modules;
    this.dataDir = dataDir;
    this.metered = new MeteredFiles(join(dataDir, "metered"));
    this.#database = database;
    this.#files = files;
    this.#selectArtefact = database.prepare("SELECT * FROM artefacts WHERE digest = ?");
    this.flows = new FlowTable(database, VERSIONS_KEPT_MAX);
    this.connections = connectionTable(database);
    this.nodeTypes = new NodeTypeTable(database);
    this.layouts = new LayoutTable(database);
    this.drivers = driverTable(database);
    this.tokens = new TokenTable(database);
    this.audit = new AuditTable(database);
    this.releases = new ReleaseTable(database);
  }

  /** Throws FF_STORE_LOCKED while another gateway uses the folder, FF_STORE_HALF_RESTORED where a restore was interrupted. */
  static async open(dataDir: string, nowMs = () => performance.now()): Promise<Store> {
    try {
      await makeFolder(dataDir);
      await access(dataDir, constants.W_OK);
      demandWhole(dataDir, await namesIn(dataDir));
    } catch (error) {
      throw asStoreError(error, `the data folder ${dataDir}`);
    }
    const database = openDatabase(join(dataDir, databaseFile));
    try {
      // Not before: what a gateway that holds the folder is writing is none of ours.
      await clearTemporary(dataDir);
      const folder = (name: string) => ArtefactFiles.open(join(dataDir, name), nowMs);
      return new Store(dataDir, database, await folder("artefacts"), await folder("modules"));
    } catch (error) {
      database.close();
      throw asStoreError(error, `the data folder ${dataDir}`);
    }
  }

  /** Identifies this data folder; drawn once. */
  get id(): string {
    this.#database.prepare("INSERT OR IGNORE INTO settings (name, value) VALUES ('id', ?)").run(randomUUID());
    return this.#database.prepare("SELECT value FROM settings WHERE name = 'id'").get()?.value as string;
  }

  /** Whether the store answers and takes writes; throws why not. */
  async probe(): Promise<void> {
    this.#database.prepare("SELECT count(*) FROM migrations").get();
    demandInPlace(this.#database);
    try {
      await writeDurably("probe", this.dataDir, "probe", new Uint8Array(PROBE_BYTES));
      await rm(join(this.dataDir, "probe"), { force: true });
    } catch (error) {
      throw asStoreError(error, `the data folder ${this.dataDir}`);
    }
  }

  /** Bytes that the gateway may still write. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.dataDir);
    return bavail * bsize;
  }

  artefact(digest: Digest): ArtefactRow | undefined {
    const row = this.#selectArtefact.get(digest);
    return row === undefined
      ? undefined
      : {
          digest,
          sizeBytes: row.size_bytes as number,
          graphDigest: row.graph_digest as Digest,
          graph: row.graph as Uint8Array,
        };
  }

  /** The graph of an artefact; undefined when unknown. */
  graph(digest: Digest): CanonicalGraph | undefined {
    const row = this.artefact(digest);
    return row && this.graphs.read(row.graph);
  }

  /** An artefact with its bytes, checked; undefined when unknown; throws FF_STORE_CORRUPT when damaged. */
  async wholeArtefact(digest: Digest): Promise<WholeArtefact | undefined> {
    const row = this.artefact(digest);
    if (row === undefined) return undefined;
    const wasm = await this.#files.read(digest);
    return wasm && { ...row, wasm };
  }

  /** As `wholeArtefact`, with its bytes piece by piece. */
  async artefactStream(digest: Digest): Promise<ArtefactStream | undefined> {
    const row = this.artefact(digest);
    if (row === undefined) return undefined;
    this.#files.touch(digest);
    const bytes = await this.#files.stream(digest);
    return bytes && { sizeBytes: row.sizeBytes, bytes };
  }

  async putArtefact(row: ArtefactRow, bytes: Uint8Array): Promise<void> {
    try {
      await this.#files.write(row.digest, bytes);
      failpoint("artefact.row");
      this.#database
        .prepare(
          `INSERT INTO artefacts (digest, size_bytes, graph_digest, graph, uploaded_at) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (digest) DO UPDATE SET uploaded_at = excluded.uploaded_at`,
        )
        .run(row.digest, row.sizeBytes, row.graphDigest, row.graph, new Date().toISOString());
    } catch (error) {
      throw asStoreError(error, `artefact ${row.digest}`);
    }
  }

  /**
   * Copies the database into a file that is not there yet, and gives the files that the copy names. `demand` throws where the
   * copy is not wanted any more.
   */
  async copyDatabase(path: string, demand: () => void): Promise<NamedFiles> {
    await copyDatabase(this.#database, path, demand);
    using copy = new DatabaseSync(path);
    return { artefacts: usedArtefacts(copy), modules: usedModules(copy, this.graphs) };
  }

  /** How many keep files from being swept. */
  get keepers(): number {
    return this.#keepers;
  }

  /** Keeps all files, those too that nothing names any more, until what it gives is called. */
  keepFiles(): () => void {
    this.#keepers++;
    return () => void this.#keepers--;
  }

  /** Forgets artefacts that no version of an existing flow uses, and modules that neither a stored artefact nor a node type names. Returns the artefacts' digests. */
  async sweep(ageMsMin: number = UNUSED_ARTEFACT_MS): Promise<readonly Digest[]> {
    await this.metered.sweep();
    if (this.#keepers > 0) return [];
    const swept = await this.#files.sweep(() => this.flows.usedArtefacts(), ageMsMin);
    transaction(this.#database, () => {
      const remove = this.#database.prepare("DELETE FROM artefacts WHERE digest = ?");
      for (const digest of swept) {
        remove.run(digest);
      }
    });
    await this.modules.sweep(() => usedModules(this.#database, this.graphs), ageMsMin);
    return swept;
  }

  close(): void {
    this.#database.close();
  }
}

/** Artefacts that a version of an existing flow uses. */
function usedArtefacts(database: DatabaseSync): readonly Digest[] {
  const used = new FlowTable(database, VERSIONS_KEPT_MAX).usedArtefacts();
  return database
    .prepare("SELECT digest FROM artefacts ORDER BY digest")
    .all()
    .map(({ digest }) => digest as Digest)
    .filter((digest) => used.has(digest));
}

/** Modules of all nodes of all stored artefacts, and of all node types; built-in ones among them. */
function usedModules(database: DatabaseSync, graphs: StoredGraphs): ReadonlySet<Digest> {
  const named = new Set<Digest>(new NodeTypeTable(database).all().map(({ module }) => module));
  for (const { graph } of database.prepare("SELECT graph FROM artefacts").iterate()) {
    for (const { module } of graphs.read(graph as Uint8Array).nodes) named.add(module);
  }
  return named;
}

function demandWhole(dataDir: string, names: readonly string[]): void {
  if (!isHalfRestored(names)) return;
  throw new FlowFusionError(
    "FF_STORE_HALF_RESTORED",
    `${dataDir}: a restore into this folder was interrupted, or is still under way; restore the backup into it again`,
  );
}
