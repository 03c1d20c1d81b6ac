// Packs what is published with npm itself, so that the tarballs are those that npm would publish.

import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { publishedPackages } from "./published.ts";
import { stagePackage } from "./stage.ts";

export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  /** Path of the tarball. */
  readonly tarball: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly files: number;
}

export interface PackOptions {
  /** Gets the tarballs, and below `staged` what is in them. */
  readonly folder: string;
  readonly repository?: string | undefined;
}

export async function packPackages({ folder, repository }: PackOptions): Promise<PackedPackage[]> {
  const packed: PackedPackage[] = [];
  for (const published of publishedPackages) {
    const staged = join(folder, "staged", published.workspace);
    await mkdir(folder, { recursive: true });
    await stagePackage(published, { folder: staged, repository });
    packed.push(await npmPack(staged, folder));
  }
  return packed;
}

interface NpmPackResult {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

async function npmPack(staged: string, folder: string): Promise<PackedPackage> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: staged, maxBuffer: 64 * 1024 * 1024 });
  const [result] = JSON.parse(stdout) as NpmPackResult[];
  if (result === undefined) throw new Error(`npm packed nothing of ${staged}`);
  return {
    name: result.name,
    version: result.version,
    tarball: join(folder, result.filename),
    sizeBytes: result.size,
    unpackedBytes: result.unpackedSize,
    files: result.entryCount,
  };
}
