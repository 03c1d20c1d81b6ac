import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ensurePackages, isInStep } from "./packages.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "flowfusion-packages-"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

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

/** An npm that says which it is, notes what it is asked for, and installs what the lock file lists. */
function npmOfVersion(version: string) {
  const script = `
    const fs = require("node:fs");
    const args = process.argv.slice(2).join(" ");
    fs.appendFileSync("asked.txt", args + "\\n");
    if (args === "--version") return console.log("${version}");
    for (const path of Object.keys(JSON.parse(fs.readFileSync("package-lock.json")).packages)) fs.mkdirSync(path, { recursive: true });
    fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json");`;
  mkdirSync(join(root, "node_modules"));
  writeFileSync(join(root, "npm.js"), script);
  vi.stubEnv("npm_execpath", join(root, "npm.js"));
}

test.each([
  { version: "10.8.2", asked: "ci --no-audit --no-fund --loglevel=http" },
  { version: "11.6.2", asked: "exec --yes --package=npm@11.19.1 -- npm ci --no-audit --no-fund --loglevel=http" },
  { version: "11.6.4", asked: "ci --no-audit --no-fund --loglevel=http" },
  { version: "11.16.0", asked: "ci --no-audit --no-fund --loglevel=http" },
])("npm $version installs by itself, or through one that can where it cannot", async ({ version, asked }) => {
  writeLock("package-lock.json", wanted);
  npmOfVersion(version);
  await ensurePackages(root);
  expect(readFileSync(join(root, "asked.txt"), "utf8").trim().split("\n")).toEqual(["--version", asked]);
});
