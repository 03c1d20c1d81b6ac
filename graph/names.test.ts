import fc from "fast-check";
import { expect, test } from "vitest";
import { pathOf, splitPath } from "./names.ts";

test("a path is read as it was spelled", () => {
  expect(splitPath('nodes.hot.props.cases[1]["a.b"]')).toEqual(["nodes", "hot", "props", "cases", 1, "a.b"]);
  expect(splitPath("")).toEqual([]);
  const step = fc.oneof(fc.string({ maxLength: 20 }), fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), fc.nat(9_999));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      expect(splitPath(pathOf(...steps))).toEqual(steps);
    }),
  );
});
