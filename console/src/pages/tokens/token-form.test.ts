import { expect, test } from "vitest";
import { isTokenName, tokenRequest } from "./token-form.ts";

const nowMs = Date.parse("2026-01-31T12:00:00Z");

test("a token expires so many days of 24 hours from now, in UTC", () => {
  expect(tokenRequest("jane", "operator", "30", nowMs)).toEqual({
    name: "jane",
    role: "operator",
    expiresAt: "2026-03-02T12:00:00.000Z",
  });
});

test("a token that does not expire says nothing of it", () => {
  expect(tokenRequest("line-4", "viewer", "never", nowMs)).toEqual({ name: "line-4", role: "viewer" });
});

test.each([
  ["jane", true],
  ["line-4.press_2", true],
  ["", false],
  ["Jane", false],
  ["4-line", false],
  ["j".repeat(64), false],
  ["jane ", false],
])("as a name, %j is taken: %s", (name, isTaken) => {
  expect(isTokenName(name)).toBe(isTaken);
});
