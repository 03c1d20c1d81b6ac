// Writes proto/generated/<name>.js and <name>.d.ts for every .proto file in this folder: static code, so that
// nothing is parsed or compiled at run time. Run `node proto/generate.ts` after a change; a test holds the
// committed code to what this would write.

import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import pbjs from "protobufjs-cli/pbjs.js";

const sourceFolder = import.meta.dirname;
export const generatedFolder = join(sourceFolder, "generated");

/** Encoding and decoding are all we use; pbjs's other functions would be dead code. Types come from the comments, so those stay. */
const options = [
  ...["--target", "static-module", "--wrap", "esm", "--dts"],
  ...["--no-create", "--no-verify", "--no-convert", "--no-delimited", "--no-typeurl", "--no-service"],
];

/** The names of the .proto files, sorted, without their ending. */
export async function protoNames(): Promise<string[]> {
  const files = await readdir(sourceFolder);
  return files
    .filter((file) => file.endsWith(".proto"))
    .map((file) => basename(file, ".proto"))
    .sort();
}

export async function generate(outFolder: string): Promise<void> {
  await mkdir(outFolder, { recursive: true });
  for (const name of await protoNames()) {
    const source = join(sourceFolder, `${name}.proto`);
    await runPbjs([...options, "--root", name, "--out", join(outFolder, `${name}.js`), source]);
  }
}

const runPbjs = (args: string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    pbjs.main(args, (error) => (error ? reject(error) : resolve()));
  });

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await generate(generatedFolder);
}
