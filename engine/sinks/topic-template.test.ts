import { describe, expect, test } from "vitest";
import { message } from "./testkit/messages.ts";
import { topicTemplate } from "./topic-template.ts";

const place = { flow: "boiler", node: "out" };
const render = (template: string, topic: string) => topicTemplate(template, place)(message(topic, 1));

describe("a topic template", () => {
  test.each([
    ["{topic}", "a/b", "a/b"],
    ["plant/{topic}/value", "a/b", "plant/a/b/value"],
    ["{topic[0]}", "a/b/c", "a"],
    ["{topic[2]}", "a/b/c", "c"],
    ["{topic[-1]}-{topic[-3]}", "a/b/c", "c-a"],
    ["{topic[1]}", "a//c", ""],
    ["{flow}/{node}", "a", "boiler/out"],
    ["fixed", "a", "fixed"],
    ["$KV/{topic}", "a", "$KV/a"],
    ["a/{topic}", "$SYS/x", "a/$SYS/x"],
    ["{topic}", "{flow}/$&", "{flow}/$&"],
  ])("%s makes of %s: %s", (template, topic, expected) => {
    expect(render(template, topic)).toBe(expected);
  });

  test.each([
    ["{topic[3]}", "a/b/c"],
    ["{topic[-4]}", "a/b/c"],
  ])("%s makes nothing of %s, which has no such level", (template, topic) => {
    expect(render(template, topic)).toBeUndefined();
  });

  test.each([
    ["{topic}", "$JS/API/STREAM/PURGE/all"],
    ["{topic[0]}/x", "$SYS/a"],
  ])("%s makes nothing of %s, which would lead to what a server keeps for itself", (template, topic) => {
    expect(render(template, topic)).toBeUndefined();
  });

  test.each([
    ["{tag}", "{tag} is not known; {topic}, {topic[0]}, {flow} and {node} are"],
    ["{}", "{} is not known"],
    ["{topic[]}", "{topic[]} is not known"],
    ["{topic[1.5]}", "{topic[1.5]} is not known"],
    ["a{topic", '"{" without its counterpart'],
    ["a}b", '"}" without its counterpart'],
    ["{a{topic}}", '"{" without its counterpart'],
  ])("%s is refused", (template, why) => {
    expect(() => topicTemplate(template, place)).toThrow(why);
  });
});
