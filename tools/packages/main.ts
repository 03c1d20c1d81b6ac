// Makes the packages that are published: `npm run packages [-- --out FOLDER] [--repository URL] [--json]`. Each is laid down
// in a folder of its own and packed; nothing is published.

import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packPackages } from "./pack.ts";

const root = dirname(dirname(import.meta.dirname));
const usage = `Usage: npm run packages [-- --out FOLDER] [--repository URL] [--json]

Makes the npm packages of Flow Fusion, without publishing them.

  --out FOLDER       where the tarballs go (default: .flowfusion/packages)
  --repository URL   the repository's address, as provenance needs it
  --json             print one line of JSON
  --help             print this
`;

async function run(args: string[]): Promise<number> {
  let values: { out?: string; repository?: string; json?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        out: { type: "string" },
        repository: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    }));
  } catch (error) {
    process.stderr.write(`packages: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const folder = resolve(values.out ?? join(root, ".flowfusion", "packages"));
  await mkdir(folder, { recursive: true });
  const packed = await packPackages({ folder, repository: values.repository });
  if (values.json) process.stdout.write(`${JSON.stringify({ packages: packed })}\n`);
  else
    for (const { tarball, sizeBytes, unpackedBytes, files } of packed) {
      process.stdout.write(`${tarball}  ${kB(sizeBytes)}, ${kB(unpackedBytes)} in ${files} files\n`);
    }
  return 0;
}

const kB = (bytes: number): string => `${Math.ceil(bytes / 1000).toLocaleString("en-US")} kB`;

process.exitCode = await run(process.argv.slice(2));
