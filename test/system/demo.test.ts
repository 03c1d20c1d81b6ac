// The demo, at a rate that any machine bears: the README shows what it prints at the end.

import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { holdScreen, partOf } from "./screens.ts";

const run = promisify(execFile);
const root = path.dirname(path.dirname(import.meta.dirname));

test("the demo loses nothing, and prints what the README shows", { timeout: 400_000 }, async () => {
  const { stdout } = await run(process.execPath, [path.join(root, "tools/demo.ts"), "--rate", "2000"], {
    env: { ...process.env, NO_COLOR: "1" },
  });
  const counted = partOf(stdout, /^What the sink counted/, /^ +Nothing lost/);
  expect(counted).toMatch(/lost +0\n/);
  await holdScreen("README.md", "demo", counted, { varying: [/\( *N s\)/g, /\d[\d,.]*/g] });
});
