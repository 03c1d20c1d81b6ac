import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isInStep } from "./packages.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "flowfusion-packages-"));
});

afterEach(() => rmSync(root, { recursive: true }));

interface Entry {
  version: string;
  integrity?: string;
  optional?: boolean;
}

function writeLock(path: string, packages: Record<string, Entry>) {
  writeFileSync(join(root, path), JSON.stringify({ packages }));
}

function install(packages: Record<string, Entry>) {
  for (const path of Object.keys(packages)) mkdirSync(join(root, path), { recursive: true });
  writeLock("node_modules/.package-lock.json", packages);
}

const wanted = {
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/b": { version: "2.0.0", integrity: "sha512-b" },
};

test("node_modules is in step when it holds every package of the lock file", () => {
  writeLock("package-lock.json", { "": { version: "0.1.0" }, ...wanted });
  install(wanted);
  expect(isInStep(root)).toBe(true);
});

test.each([
  { what: "another version", installed: { ...wanted, "node_modules/b": { version: "2.0.1", integrity: "sha512-c" } } },
  { what: "other contents", installed: { ...wanted, "node_modules/b": { version: "2.0.0", integrity: "sha512-c" } } },
  { what: "a package less", installed: { "node_modules/a": wanted["node_modules/a"] } },
])("node_modules with $what is out of step", ({ installed }) => {
  writeLock("package-lock.json", wanted);
  install(installed);
  expect(isInStep(root)).toBe(false);
});

test("a package whose folder was deleted is missing, whatever npm's account says", () => {
  writeLock("package-lock.json", wanted);
  install(wanted);
  rmSync(join(root, "node_modules/b"), { recursive: true });
  expect(isInStep(root)).toBe(false);
});

test("an optional package of another platform may be absent", () => {
  writeLock("package-lock.json", { ...wanted, "node_modules/c-darwin": { version: "1.0.0", optional: true } });
  install(wanted);
  expect(isInStep(root)).toBe(true);
});

test("an interrupted installation, without npm's account of it, is out of step", () => {
  writeLock("package-lock.json", wanted);
  mkdirSync(join(root, "node_modules/a"), { recursive: true });
  expect(isInStep(root)).toBe(false);
});
