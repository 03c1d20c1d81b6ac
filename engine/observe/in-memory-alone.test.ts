import { describe, expect, test } from "vitest";
import { inMemoryAlone } from "./in-memory-alone.ts";

describe("what is in memory alone", () => {
  test("is nothing while the disk takes all", () => {
    expect(inMemoryAlone({ checkpointErrors: [], deadLetterErrors: [] }, undefined)).toEqual([]);
  });

  test("is told once for each thing, with how many flows it is of and what the disk said first", () => {
    const disk = { checkpointErrors: ["ENOSPC", "EIO"], deadLetterErrors: ["EIO"] };
    expect(inMemoryAlone(disk, "EROFS")).toEqual([
      { what: "state", flows: 2, reason: "ENOSPC" },
      { what: "dead_letters", flows: 1, reason: "EIO" },
      { what: "deployments", flows: 0, reason: "EROFS" },
    ]);
  });
});
