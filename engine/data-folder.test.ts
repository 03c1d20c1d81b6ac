// What stands in the data folder and is not what is to be there: the gateway refuses to start with a code and the path, and
// leaves all as it is; once it is set right, the gateway starts.

import { chmod, mkdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestGateway, temporaryFolder } from "./testkit/test-gateway.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const faults: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "a file": (path) => writeFile(path, "not a folder"),
  "a link that leads nowhere": (path) => symlink("/nowhere/at/all", path),
  "a link that goes round": (path) => symlink(path, path),
};
const folders = ["artefacts", "modules", "checkpoints", "checkpoints/quarantine", "spool", "dead-letters"];
const names = ["gateway.db", "secret.key", ...folders];

async function expectRefused(name: string): Promise<void> {
  const code = name === "secret.key" ? "FF_SECRET_KEY" : /^FF_STORE_(WRITE|CORRUPT)$/;
  await expect(startTestGateway({ dataDir })).rejects.toMatchObject({
    code: expect.stringMatching(code),
    message: expect.stringContaining(join(dataDir, name)),
  });
}

describe.each(names)("in place of %s,", (name) => {
  test.each(Object.entries(faults))(
    "%s is refused with a code and its path, and left as it is",
    async (_fault, place) => {
      const path = join(dataDir, name);
      await mkdir(join(path, ".."), { recursive: true });
      await place(path);
      const look = async () => (await readlink(path).catch(() => undefined)) ?? readFile(path, "utf8");
      const before = await look();
      await expectRefused(name);
      expect(await look()).toBe(before);
      await rm(path);
      await (await startTestGateway({ dataDir }))[Symbol.asyncDispose]();
    },
  );
});

test.for(names.filter((name) => name !== "checkpoints/quarantine"))(
  "%s that the gateway may not read is refused with a code and its path",
  async (name, context) => {
    if (process.getuid?.() === 0) context.skip("root may read everything");
    await (await startTestGateway({ dataDir }))[Symbol.asyncDispose]();
    await mkdir(join(dataDir, name), { recursive: true }).catch(() => undefined);
    await chmod(join(dataDir, name), 0);
    await expectRefused(name);
    await chmod(join(dataDir, name), 0o700);
  },
);

test("what interrupted writes left is removed at the next start", async () => {
  await mkdir(join(dataDir, "dead-letters"));
  const left = ["0f0e.part", "dead-letters/0f0e.part"].map((name) => join(dataDir, name));
  for (const file of left) await writeFile(file, "half");
  await (await startTestGateway({ dataDir }))[Symbol.asyncDispose]();
  for (const file of left) await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
});
