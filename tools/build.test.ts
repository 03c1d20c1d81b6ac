import { expect, test } from "vitest";
import { targets } from "./build.ts";
import { everything, mayImport } from "./tidy/imports.ts";

/** A workspace and all that may be in a bundle of it. */
function closureOf(workspace: string): Set<string> {
  const found = new Set([workspace]);
  // What is added while the set is gone through is gone through as well.
  for (const folder of found) {
    const others = mayImport[folder]!;
    if (others !== everything) for (const other of others) found.add(other);
  }
  return found;
}

test.each(["provider", "console", "engine"])(
  "what is bundled of %s is built again when anything in it changes",
  (workspace) => {
    const target = targets.find(({ inputs }) => inputs.includes(workspace))!;
    const isInput = (folder: string) =>
      target.inputs.some((input) => folder === input || folder.startsWith(`${input}/`));
    expect([...closureOf(workspace)].filter((folder) => !isInput(folder))).toEqual([]);
  },
);
