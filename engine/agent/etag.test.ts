import { describe, expect, test } from "vitest";
import { demand, parsePrecondition } from "./etag.ts";

const demandCaller = () => undefined;
const current = { generation: 3, deployedAt: "2026-01-01T00:00:00.000Z", deployedBy: "admin" };

describe("the precondition of a write", () => {
  test.each([
    [{ "if-match": '"7"' }, { kind: "generation", generation: 7 }],
    [{ "if-match": " * " }, { kind: "exists" }],
    [{ "if-none-match": "*" }, { kind: "absent" }],
  ])("is read from %j", (headers, expected) => {
    expect(parsePrecondition({ headers, demandCaller })).toEqual({ ...expected, demandCaller });
  });

  test.each([
    [{}, "FF_API_PRECONDITION_REQUIRED"],
    [{ "if-match": "7" }, "FF_API_REQUEST_INVALID"],
    [{ "if-match": 'W/"7"' }, "FF_API_REQUEST_INVALID"],
    [{ "if-match": '"7", "8"' }, "FF_API_REQUEST_INVALID"],
    [{ "if-match": '"0"' }, "FF_API_REQUEST_INVALID"],
    [{ "if-match": '"-1"' }, "FF_API_REQUEST_INVALID"],
    [{ "if-match": '"99999999999999999999"' }, "FF_API_REQUEST_INVALID"],
    [{ "if-match": "" }, "FF_API_REQUEST_INVALID"],
    [{ "if-none-match": '"7"' }, "FF_API_REQUEST_INVALID"],
    [{ "if-match": '"7"', "if-none-match": "*" }, "FF_API_REQUEST_INVALID"],
  ])("%j is refused with %s", (headers, code) => {
    expect(() => parsePrecondition({ headers, demandCaller })).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    [{ kind: "generation", generation: 3 } as const, current, true],
    [{ kind: "generation", generation: 2 } as const, current, false],
    [{ kind: "generation", generation: 3 } as const, undefined, false],
    [{ kind: "exists" } as const, current, true],
    [{ kind: "exists" } as const, undefined, false],
    [{ kind: "absent" } as const, undefined, true],
    [{ kind: "absent" } as const, current, false],
  ])("%j against %j holds: %j", (expectation, found, holds) => {
    const check = () => demand({ ...expectation, demandCaller }, "flow boiler", found);
    if (holds) {
      expect(check).not.toThrow();
    } else {
      const members = found === undefined ? {} : { current };
      expect(check).toThrow(expect.objectContaining({ code: "FF_API_PRECONDITION_FAILED", members }));
    }
  });
});
