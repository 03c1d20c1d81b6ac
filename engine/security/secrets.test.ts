import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadKeyRing } from "./key-file.ts";
import { isStale, keyRing, openSecret, sealSecret } from "./secrets.ts";

const ring = keyRing([randomBytes(32)]);
const owner = "connection/historian/password";

describe("a sealed secret", () => {
  test("opens to what was sealed, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (clear, whose) => {
        expect(openSecret(ring, whose, sealSecret(ring, whose, clear))).toBe(clear);
      }),
    );
  });

  test("does not hold the clear text and is another one each time", () => {
    const sealed = [sealSecret(ring, owner, "hunter2-hunter2"), sealSecret(ring, owner, "hunter2-hunter2")];
    expect(sealed[0]).not.toBe(sealed[1]);
    const bytes = Buffer.from(sealed[0]!.split(".")[2]!, "base64url");
    expect(bytes.includes("hunter2")).toBe(false);
  });

  test("does not open when any bit of it is another", () => {
    const sealed = sealSecret(ring, owner, "hunter2");
    const [form, id, text] = sealed.split(".") as [string, string, string];
    const body = Buffer.from(text, "base64url");
    for (let bit = 0; bit < body.length * 8; bit++) {
      const changed = Buffer.from(body);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => openSecret(ring, owner, `${form}.${id}.${changed.toString("base64url")}`), `bit ${bit}`).toThrow(
        expect.objectContaining({ code: "FF_SECRET_UNREADABLE" }),
      );
    }
  });

  test.each([
    ["another owner", ring, "connection/other/password", (sealed: string) => sealed],
    ["another key", keyRing([randomBytes(32)]), owner, (sealed: string) => sealed],
    ["a cut end", ring, owner, (sealed: string) => sealed.slice(0, 30)],
    ["another form", ring, owner, (sealed: string) => sealed.replace("ffs1", "ffs2")],
    ["one part more", ring, owner, (sealed: string) => `${sealed}.AAAA`],
    ["nothing", ring, owner, () => ""],
  ] as const)("does not open with %s, and the error does not tell it", (_what, given, whose, change) => {
    const sealed = change(sealSecret(ring, owner, "hunter2"));
    const opening = () => openSecret(given, whose, sealed);
    expect(opening).toThrow(expect.objectContaining({ code: "FF_SECRET_UNREADABLE" }));
    expect(opening).not.toThrow("hunter2");
  });

  test("opens after the key was changed, and is known to be stale", () => {
    const older = randomBytes(32);
    const sealed = sealSecret(keyRing([older]), owner, "hunter2");
    const changed = keyRing([randomBytes(32), older]);
    expect(openSecret(changed, owner, sealed)).toBe("hunter2");
    expect(isStale(changed, sealed)).toBe(true);
    expect(isStale(changed, sealSecret(changed, owner, "hunter2"))).toBe(false);
  });
});

describe("the key file", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "ff-keys-"));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  test("is drawn at the first start, for its owner alone, and read at the next", async () => {
    const first = await loadKeyRing({ dataDir });
    const sealed = sealSecret(first, owner, "hunter2");
    expect(await readdir(dataDir)).toEqual(["secret.key"]);
    expect((await stat(join(dataDir, "secret.key"))).mode & 0o777).toBe(0o600);
    expect(openSecret(await loadKeyRing({ dataDir }), owner, sealed)).toBe("hunter2");
  });

  test("takes a new key on top of the older ones", async () => {
    const path = join(dataDir, "secret.key");
    const sealed = sealSecret(await loadKeyRing({ dataDir }), owner, "hunter2");
    const older = await readFile(path, "utf8");
    await writeFile(path, `# changed in spring\n${randomBytes(32).toString("base64")}\n\n${older}`);
    const changed = await loadKeyRing({ dataDir });
    expect(openSecret(changed, owner, sealed)).toBe("hunter2");
    expect(isStale(changed, sealed)).toBe(true);
  });

  test.each([
    ["others may read", randomBytes(32).toString("base64"), 0o644, "mode 0644"],
    ["is empty", "", 0o600, "no key given"],
    ["has a short key", Buffer.alloc(16).toString("base64"), 0o600, "16 bytes"],
    ["is no base64", "not a key at all!", 0o600, "bytes"],
  ])("that %s is refused, without telling what it holds", async (_what, content, mode, expected) => {
    const path = join(dataDir, "given.key");
    await writeFile(path, content);
    await chmod(path, mode);
    const loading = loadKeyRing({ dataDir, keyFile: path });
    await expect(loading).rejects.toMatchObject({ code: "FF_SECRET_KEY", message: expect.stringContaining(expected) });
    if (content !== "") {
      await expect(loading).rejects.not.toThrow(content);
    }
  });

  test("that was named and is not there is refused, not drawn", async () => {
    const keyFile = join(dataDir, "given.key");
    await expect(loadKeyRing({ dataDir, keyFile })).rejects.toMatchObject({ code: "FF_SECRET_KEY" });
    expect(await readdir(dataDir)).toEqual([]);
  });
});
