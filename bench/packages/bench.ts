// The packages as npm has them: how large they are, and how long the provider takes from its start until Pulumi can talk to
// it, beside a Node.js that does nothing.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { packPackages } from "@flowfusion/tools";
import { round2 } from "../measure.ts";

export interface PackagesEffort {
  readonly starts: number;
}

export const packagesEffort: PackagesEffort = { starts: 20 };

export async function benchPackages({ starts }: PackagesEffort) {
  const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-bench-"));
  try {
    const packed = await packPackages({ folder });
    const plugin = path.join(folder, "staged", "provider", "bin", "pulumi-resource-flowfusion");
    const provider: number[] = [];
    const bare: number[] = [];
    for (let start = 0; start < starts; start++) {
      provider.push(await msToFirstLine(plugin, []));
      bare.push(await msToFirstLine(process.execPath, ["-e", "console.log(0)"]));
    }
    return {
      bench: "packages",
      packages: Object.fromEntries(
        packed.map(({ name, sizeBytes, unpackedBytes, files }) => [
          name,
          { packedKb: kB(sizeBytes), unpackedKb: kB(unpackedBytes), files },
        ]),
      ),
      providerStartBestMs: round2(Math.min(...provider)),
      providerStartMedianMs: round2(median(provider)),
      nodeStartBestMs: round2(Math.min(...bare)),
      providerOverNode: round2(Math.min(...provider) / Math.min(...bare)),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const kB = (bytes: number): number => Math.ceil(bytes / 1000);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Until it has said where it listens. */
async function msToFirstLine(command: string, args: readonly string[]): Promise<number> {
  const searchPath = `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`;
  const beganMs = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, PATH: searchPath },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const line = once(createInterface(child.stdout), "line");
  const ended = exit.then(([code]) => Promise.reject(new Error(`${command} ended with ${code} and said nothing`)));
  ended.catch(() => {});
  await Promise.race([line, ended]);
  const tookMs = performance.now() - beganMs;
  child.kill("SIGKILL");
  await exit;
  return tookMs;
}
