import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generate, generatedFolder, protoNames } from "./generate.ts";

test("the committed generated code is what the .proto files give", async () => {
  const fresh = await mkdtemp(join(tmpdir(), "flowfusion-proto-"));
  try {
    await generate(fresh);
    const files = (await readdir(fresh)).sort();
    expect(files).toEqual((await protoNames()).flatMap((name) => [`${name}.d.ts`, `${name}.js`]));
    expect((await readdir(generatedFolder)).sort()).toEqual(files);
    for (const file of files) {
      const hint = `${file} is out of date: run \`node proto/generate.ts\``;
      expect(await readFile(join(generatedFolder, file), "utf8"), hint).toBe(await readFile(join(fresh, file), "utf8"));
    }
  } finally {
    await rm(fresh, { recursive: true });
  }
});
