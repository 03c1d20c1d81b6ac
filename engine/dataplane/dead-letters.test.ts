import { expect, test } from "vitest";
import { DeadLetters } from "./dead-letters.ts";

const letter = (detail: string, message = new Uint8Array(8)) => ({
  ...{ node: "n", input: "in", cause: "trap" as const, detail, atMs: 1, message },
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
  const message = new Uint8Array(100_000).fill(7);
  letters.add(letter("long", message));
  message.fill(0);
  expect(letters.kept[0]).toMatchObject({ message: new Uint8Array(65_536).fill(7), messageBytes: 100_000 });
});

test("large messages push older ones out earlier", () => {
  const letters = new DeadLetters();
  for (let index = 1; index <= 10; index++) letters.add(letter(`${index}`, new Uint8Array(64 * 1024)));
  expect(letters.kept.map(({ detail }) => detail)).toEqual(["7", "8", "9", "10"]);
  expect(letters.count).toBe(10);
});

test("pages begin behind an id, also behind one that is gone", () => {
  const letters = new DeadLetters();
  for (let index = 1; index <= 150; index++) letters.add(letter(`${index}`));
  const idsOf = (after: number, limit: number) => letters.page(after, limit).letters.map(({ id }) => id);
  expect([idsOf(0, 3), idsOf(53, 2), idsOf(149, 9), idsOf(150, 9)]).toEqual([[51, 52, 53], [54, 55], [150], []]);
  expect(letters.page(0, 3).kept).toBe(100);
});

test("letters that are taken make room for others", () => {
  const letters = new DeadLetters();
  for (let index = 1; index <= 4; index++) letters.add(letter(`${index}`, new Uint8Array(64 * 1024)));
  expect(letters.take([2, 3, 9]).map(({ id }) => id)).toEqual([2, 3]);
  for (let index = 5; index <= 6; index++) letters.add(letter(`${index}`, new Uint8Array(64 * 1024)));
  expect(letters.kept.map(({ id }) => id)).toEqual([1, 4, 5, 6]);
  expect(letters.take(undefined)).toHaveLength(4);
  expect(letters.kept).toEqual([]);
  expect(letters.count).toBe(6);
});

test("those of an earlier start are kept within the same bounds, and ids go on", () => {
  const earlier = new DeadLetters();
  for (let index = 1; index <= 100; index++) earlier.add(letter(`${index}`));
  const letters = new DeadLetters({ letters: [...earlier.kept, ...earlier.kept], lastId: 250 });
  expect(letters.kept).toHaveLength(100);
  expect(letters.count).toBe(0);
  letters.add(letter("new"));
  expect(letters.kept.at(-1)?.id).toBe(251);
});

test("a letter of more than thirty days goes when the next one comes", () => {
  const letters = new DeadLetters();
  const dayMs = 24 * 60 * 60 * 1000;
  for (const day of [0, 29, 31]) letters.add({ ...letter(`day ${day}`), atMs: day * dayMs });
  expect(letters.kept.map(({ detail }) => detail)).toEqual(["day 29", "day 31"]);
});

test("whoever keeps them is told what is added and taken", () => {
  const changes: unknown[] = [];
  const letters = new DeadLetters(undefined, (change) =>
    changes.push("taken" in change ? change.taken : change.added.id),
  );
  for (const detail of ["a", "b"]) letters.add(letter(detail));
  letters.take([2, 9]);
  letters.take([2]);
  expect(changes).toEqual([1, 2, [2]]);
});
