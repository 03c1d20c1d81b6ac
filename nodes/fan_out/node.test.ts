import { describe, expect, it } from "vitest";
import { extremeMessages, reading, TestNode } from "../testing.ts";

describe("fan_out", () => {
  it("gives each of its outputs a copy, in order", () => {
    expect(new TestNode("fan_out").route(reading(5))).toEqual(["out1", "out2", "out3", "out4"]);
  });

  it.each(extremeMessages)("copies %s whole", (_, message) => {
    const copies = new TestNode("fan_out").send(message).map((emission) => emission.message);
    expect(copies).toEqual([message, message, message, message]);
  });

  it("takes no properties", () => {
    expect(() => new TestNode("fan_out", { outputs: 2 })).toThrow("no property of that name is known");
  });
});
