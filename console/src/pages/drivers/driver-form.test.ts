import { expect, test } from "vitest";
import { configProblem, secretsToSend } from "./driver-form.ts";

test("a diagnostic of the configuration is told at its field, any other beside the form", () => {
  const code = "FF_DRIVER_CONFIG" as const;
  expect(configProblem({ code, path: "config.groups[1].tags[0].address", message: "no" })).toEqual({
    ...{ code, message: "no", place: ["groups", 1, "tags", 0, "address"] },
  });
  expect(configProblem({ code, path: "secrets.password", message: "no" })).toEqual({ code, message: "no" });
  expect(configProblem({ code, path: "", message: "no" })).toEqual({ code, message: "no" });
});

test("secrets that are left empty stay, those that are typed are sent, those to be forgotten are null", () => {
  expect(secretsToSend({ password: "", token: "abc" }, new Set())).toEqual({ token: "abc" });
  expect(secretsToSend({ password: "" }, new Set(["password"]))).toEqual({ password: null });
  // Who types a new one does not mean to forget it.
  expect(secretsToSend({ password: "new" }, new Set(["password"]))).toEqual({ password: "new" });
});
