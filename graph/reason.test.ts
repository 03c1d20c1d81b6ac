import { execFileSync } from "node:child_process";
import { readFileSync, renameSync } from "node:fs";
import { expect, test } from "vitest";
import { reasonOf } from "./reason.ts";

const thrownBy = (act: () => unknown): unknown => {
  try {
    return expect.unreachable(String(act()));
  } catch (error) {
    return error;
  }
};

test.each([
  ["a file that is not there", () => readFileSync("/nowhere, open 'x'"), "ENOENT: no such file or directory"],
  ["a folder in place of a file", () => readFileSync("/"), "EISDIR: illegal operation on a directory"],
  ["a file that is moved", () => renameSync("/nowhere", "/elsewhere"), "ENOENT: no such file or directory"],
  ["a program that is not there", () => execFileSync("/nowhere/x"), "spawnSync /nowhere/x ENOENT"],
  ["what no system says", () => JSON.parse("{"), expect.stringContaining("JSON")],
])("of %s, the reason names no path", (_, act, expected) => {
  expect(reasonOf(thrownBy(act))).toEqual(expected);
});

test("what is no error is told as it is", () => {
  expect(reasonOf("enough")).toBe("enough");
});
