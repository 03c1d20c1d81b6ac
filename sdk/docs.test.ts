// What a program imports is documented where it is declared, so that editors show it.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const folders = [
  import.meta.dirname,
  path.join(import.meta.dirname, "generated"),
  path.join(import.meta.dirname, "../testing"),
];
const sources = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(path.join(folder, file), "utf8")),
);

/** Names that an index exports. */
function exportsOf(index: string): string[] {
  const text = readFileSync(path.join(import.meta.dirname, index), "utf8");
  return [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names]) =>
    names!
      .split(",")
      .map((name) => name.trim().replace(/^type /, ""))
      .filter((name) => name !== ""),
  );
}

/** The line before a declaration ends a comment of documentation. */
function isDocumented(name: string): boolean {
  // `switch` is declared under another name, since it is a word of the language.
  const declaration = new RegExp(
    `\\*/\\n(?:export )?(?:abstract |async )?(?:class|function|interface|type|const) ${name}(?:Node)?\\b`,
  );
  return sources.some((text) => declaration.test(text));
}

test.each(["index.ts", "../testing/index.ts"])("every export of %s is documented", (index) => {
  const names = exportsOf(index);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !isDocumented(name))).toEqual([]);
});
