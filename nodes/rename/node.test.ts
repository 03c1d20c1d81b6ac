import { describe, expect, it } from "vitest";
import { extremeMessages, type Props, reading, refusalOf, TestNode } from "../testing.ts";

describe("rename", () => {
  const rows: [props: Props, before: string, after: string][] = [
    [{}, "a/b", "a/b"],
    [{ template: "fixed" }, "a/b", "fixed"],
    [{ template: "x/{topic}" }, "a/b", "x/a/b"],
    [{ template: "{topic}/{topic}" }, "a", "a/a"],
    [{ template: "{0}" }, "a/b/c", "a"],
    [{ template: "{1}" }, "a/b/c", "b"],
    [{ template: "{-1}" }, "a/b/c", "c"],
    [{ template: "{-3}-{2}" }, "a/b/c", "a-c"],
    [{ template: "x{3}y{-4}z" }, "a/b/c", "xyz"],
    [{ template: "<{1}>" }, "a//c", "<>"],
    [{ template: "{-1}é{0}" }, "größe/ü", "üégröße"],
    // What would be no topic at all leaves it as it is.
    [{ template: "{7}" }, "a/b", "a/b"],
    [{ find: "b" }, "abba", "aa"],
    [{ find: "aa", replace: "b" }, "aaaaa", "bba"],
    [{ find: "/", replace: "." }, "a/b/c", "a.b.c"],
    [{ find: ".", replace: "/", template: "{1}" }, "a.b.c", "b"],
    [{ find: "(.*)", replace: "x" }, "a(.*)b", "axb"],
    [{ find: "longer than the topic", replace: "x" }, "a", "a"],
    [{ find: "a", replace: "{topic}" }, "a", "{topic}"],
  ];
  it.each(rows)("with %j makes of %s: %s", (props, before, after) => {
    const node = new TestNode("rename", props);
    for (const value of [5, "some text", null]) {
      expect(node.answer(reading(value, { topic: before }))).toEqual(reading(value, { topic: after }));
    }
  });

  it.each(extremeMessages)("keeps all but the topic of %s", (_, message) => {
    const { topic, ...rest } = new TestNode("rename", { template: "x{topic}" }).answer(message);
    // A topic may have 65,535 bytes; what would be longer stays as it was.
    expect(topic).toBe(message.topic.length === 65_535 ? message.topic : `x${message.topic}`);
    expect(rest).toEqual({ timestampNs: message.timestampNs, quality: message.quality, value: message.value });
  });

  it.each([
    ["{topik}", 1],
    ["a/{", 3],
    ["a/{}", 3],
    ["{1.5}", 1],
    ["{-}", 1],
    ["{0}{1000}", 4],
  ])("refuses the template %s and says where", (template, character) => {
    expect(refusalOf("rename", { template, replace: "" })).toBe(
      `property template: {topic}, or a level such as {0} or {-1}, expected at character ${character}`,
    );
  });
});
