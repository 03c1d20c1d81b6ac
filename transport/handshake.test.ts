import { describe, expect, test } from "vitest";
import { GreetingReader, greeting } from "./handshake.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

test("the greetings are those of the scalability protocols", () => {
  expect(greeting("pull")).toEqual(hex("0053500000510000"));
  expect(greeting("push")).toEqual(hex("0053500000500000"));
});

test("a greeting is complete wherever it is split, and the rest of the chunk is told", () => {
  const stream = Uint8Array.from([...greeting("push"), 1, 2, 3]);
  for (let split = 0; split <= 8; split++) {
    const reader = new GreetingReader("push");
    const first = reader.push(stream.subarray(0, split));
    if (split === 8) {
      expect(first).toEqual({ state: "complete", rest: 8 });
    } else {
      expect(first).toEqual({ state: "incomplete" });
      expect(reader.push(stream.subarray(split))).toEqual({ state: "complete", rest: 8 - split });
    }
  }
});

describe("a greeting is refused at the first byte that cannot be right", () => {
  test.each([
    ["an HTTP request", Buffer.from("G").toString("hex"), "bad_handshake"],
    ["another version", "00535001", "bad_handshake"],
    ["reserved bits set", "0053500000500001", "bad_handshake"],
    ["a socket of the same kind", "005350000051", "wrong_peer"],
    ["a publisher", "005350000020", "wrong_peer"],
  ])("%s", (_, bytes, cause) => {
    expect(new GreetingReader("push").push(hex(bytes))).toMatchObject({ state: "refused", cause });
    const reader = new GreetingReader("push");
    const results = [...hex(bytes)].map((byte) => reader.push(Uint8Array.of(byte)).state);
    expect(results.slice(0, -1).every((state) => state === "incomplete")).toBe(true);
    expect(results.at(-1)).toBe("refused");
  });
});
