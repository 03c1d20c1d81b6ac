import { expect, test } from "vitest";
import { type DeadLetter, DeadLetters } from "./dead-letters.ts";

const letter = (detail: string, frame = new Uint8Array(8)): DeadLetter => ({
  ...{ node: "n", cause: "trap", detail, atMs: 1, frame },
});

test("the last hundred are kept, all are counted", () => {
  const letters = new DeadLetters();
  for (let index = 1; index <= 250; index++) letters.add(letter(`${index}`));
  expect(letters.count).toBe(250);
  expect(letters.kept.map(({ detail }) => Number(detail))).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 151),
  );
});

test("a message is kept as a copy, and no more than 64 KiB of it", () => {
  const letters = new DeadLetters();
  const frame = new Uint8Array(100_000).fill(7);
  letters.add(letter("long", frame));
  frame.fill(0);
  expect(letters.kept[0]!.frame).toEqual(new Uint8Array(65_536).fill(7));
});

test("large messages push older ones out earlier", () => {
  const letters = new DeadLetters();
  for (let index = 1; index <= 10; index++) letters.add(letter(`${index}`, new Uint8Array(64 * 1024)));
  expect(letters.kept.map(({ detail }) => detail)).toEqual(["7", "8", "9", "10"]);
  expect(letters.count).toBe(10);
});
