import { expect, test } from "vitest";
import { optionalPackage } from "./optional-package.ts";

const missing = (name: string): Error =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /somewhere`), { code: "ERR_MODULE_NOT_FOUND" });

test("gives what is installed", async () => {
  expect(await optionalPackage("some-compiler", async () => ({ compile: 1 }))).toEqual({ compile: 1 });
});

test("says what to install where it is not", async () => {
  const found = optionalPackage("some-compiler", () => Promise.reject(missing("some-compiler")));
  await expect(found).rejects.toMatchObject({
    code: "FF_PACKAGE_MISSING",
    message: "this needs the package some-compiler: run `npm install some-compiler`",
  });
});

test("keeps the error of a package that is installed and lacks something itself", async () => {
  await expect(optionalPackage("some-compiler", () => Promise.reject(missing("other")))).rejects.toThrow("'other'");
});
