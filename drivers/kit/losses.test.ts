import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noLosses, takeLosses, writeLosses } from "./losses.ts";

describe("what a driver had left when its gateway was gone", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ff-losses-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is told once", () => {
    writeLosses(folder, { unsent: 7, inDoubt: 2 });
    expect(takeLosses(folder)).toEqual({ unsent: 7, inDoubt: 2 });
    expect(takeLosses(folder)).toEqual(noLosses);
  });

  test("adds up over gateways that nobody heard it from", () => {
    writeLosses(folder, { unsent: 7, inDoubt: 0 });
    writeLosses(folder, { unsent: 1, inDoubt: 3 });
    expect(takeLosses(folder)).toEqual({ unsent: 8, inDoubt: 3 });
  });

  test.each(["", "[]", "null", '{"unsent":-1,"inDoubt":0}', '{"unsent":"7","inDoubt":0}', '{"unsent":1e99}'])(
    "is nothing where the file is no such: %s",
    (text) => {
      writeFileSync(join(folder, "losses.json"), text);
      expect(takeLosses(folder)).toEqual(noLosses);
    },
  );
});
