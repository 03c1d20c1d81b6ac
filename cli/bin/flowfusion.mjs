#!/usr/bin/env -S node --max-semi-space-size=2
// Starts the command line under Node.js 24: this one, or the one that npm installed beside it.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const bundle = new URL("../dist/main.mjs", import.meta.url);
const main = existsSync(bundle) ? bundle : new URL("../main.ts", import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import(main.href);
} else {
  let node;
  try {
    node = path.join(path.dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  } catch {
    console.error(`flowfusion needs Node.js 24 or newer, this is ${process.versions.node}. Install it, or run npm ci.`);
    process.exit(1);
  }
  const { status, signal } = spawnSync(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: "inherit" });
  process.exit(signal ? 1 : (status ?? 1));
}
