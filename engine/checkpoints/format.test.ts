import { type Digest, FlowFusionError, type FlowName } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Checkpoint, checkpointFile, decodeCheckpoint, encodeCheckpoint, parseCheckpointFile } from "./format.ts";

const boiler = "boiler" as FlowName;
const sample: Checkpoint = {
  flow: boiler,
  sequence: 7,
  generation: 3,
  artefact: `sha256:${"0123456789abcdef".repeat(4)}` as Digest,
  savedAtMs: 1_780_000_000_000,
  state: Uint8Array.of(1, 2, 3, 4, 5),
};

function isRefused(bytes: Uint8Array): boolean {
  try {
    decodeCheckpoint(bytes, boiler);
    return false;
  } catch (error) {
    return error instanceof FlowFusionError && error.code === "FF_STORE_CORRUPT";
  }
}

describe("a checkpoint's file", () => {
  test("gives back what was put in", () => {
    const checkpoints = fc.record({
      flow: fc.stringMatching(/^[a-z][a-z0-9_-]{0,62}$/).map((name) => name as FlowName),
      sequence: fc.maxSafeNat(),
      generation: fc.maxSafeNat(),
      artefact: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}` as Digest),
      savedAtMs: fc.maxSafeNat(),
      state: fc.uint8Array({ maxLength: 2_000 }),
    });
    fc.assert(
      fc.property(checkpoints, (checkpoint) => {
        const { state, ...rest } = decodeCheckpoint(encodeCheckpoint(checkpoint), checkpoint.flow);
        expect({ ...rest, state: Uint8Array.from(state) }).toEqual(checkpoint);
      }),
    );
  });

  test("is refused wherever it is cut", () => {
    const bytes = encodeCheckpoint(sample);
    const taken = Array.from(bytes, (_, length) => length).filter((length) => !isRefused(bytes.subarray(0, length)));
    expect(taken).toEqual([]);
  });

  test("is refused whichever bit of it is flipped", () => {
    const bytes = encodeCheckpoint(sample);
    const taken: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >>> 3] = damaged[bit >>> 3]! ^ (1 << (bit & 7));
      if (!isRefused(damaged)) taken.push(bit);
    }
    expect(taken).toEqual([]);
  });

  test("is refused with anything behind it", () => {
    expect(isRefused(Buffer.concat([encodeCheckpoint(sample), Buffer.of(0)]))).toBe(true);
  });

  test("is refused under another flow's name", () => {
    expect(() => decodeCheckpoint(encodeCheckpoint(sample), "kiln" as FlowName)).toThrow("it is of flow boiler");
  });
});

test.each([
  "boiler.12.ckpt",
  "boiler.000000000012.ckpt.part",
  ".000000000012.ckpt",
  "Boiler.000000000012.ckpt",
  "quarantine",
])("%s is not taken for a checkpoint's name", (name) => expect(parseCheckpointFile(name)).toBeUndefined());

test("a name leads back to flow and sequence, and names sort by sequence", () => {
  expect(parseCheckpointFile(checkpointFile(boiler, 12))).toEqual({ flow: boiler, sequence: 12 });
  expect([checkpointFile(boiler, 10), checkpointFile(boiler, 9)].toSorted()[0]).toBe(checkpointFile(boiler, 9));
});
