// A folder that was copied has a crate of the same name: what is built of one must not be what was built of the other.

import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { build, flowfusion } from "./flowfusion.ts";

test("crates of one name are built apart, one after the other and at once", { timeout: 600_000 }, async () => {
  await using cleanup = new AsyncDisposableStack();
  const scratch = await mkdtemp(path.join(tmpdir(), "flowfusion-twins-"));
  cleanup.defer(() => rm(scratch, { recursive: true, force: true }));
  const [one, other] = [path.join(scratch, "one", "twin"), path.join(scratch, "other", "twin")];
  for (const folder of [one, other])
    expect(await flowfusion(["node", "new", folder, "--lang", "rust"])).toMatchObject({ code: 0 });
  await appendFile(
    path.join(other, "src", "lib.rs"),
    '\n#[unsafe(no_mangle)]\npub extern "C" fn of_the_other() -> i32 {\n    1\n}\n',
  );
  const digestOf = async (folder: string) => (await build(folder, path.join(folder, "twin.wasm"))).digest;
  const [first, second] = [await digestOf(one), await digestOf(other)];
  expect(second).not.toBe(first);
  expect(await digestOf(one)).toBe(first);
  expect(await Promise.all([digestOf(one), digestOf(other)])).toEqual([first, second]);
});
