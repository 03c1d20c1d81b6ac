import { describe, expect, it } from "vitest";
import { Subscriptions } from "./subscriptions.ts";

const route = (input: number) => ({ slot: 0, input });

describe("subscriptions", () => {
  it.each([
    ["boiler/1/temp", "boiler/1/temp", true],
    ["boiler/1/temp", "boiler/1/temps", false],
    ["boiler/+/temp", "boiler/1/temp", true],
    ["boiler/+/temp", "boiler//temp", true],
    ["boiler/+/temp", "boiler/1/2/temp", false],
    ["boiler/#", "boiler/1/temp", true],
    ["boiler/#", "boiler", true],
    ["boiler/#", "boilers/1", false],
    ["#", "anything/at/all", true],
    ["#", "", true],
    ["+", "one", true],
    ["+", "one/two", false],
    ["+/#", "one/two", true],
    ["a/+/c/#", "a/b/c", true],
    ["a/+/c/#", "a/b/d", false],
    ["", "", true],
  ])("pattern %s against tag %s: %s", (pattern, tag, expected) => {
    const subscriptions = new Subscriptions();
    subscriptions.add(pattern, route(0));
    expect(subscriptions.match(tag).length > 0).toBe(expected);
  });

  it("gives an input once, however many of its patterns match, in order of slot and input", () => {
    const subscriptions = new Subscriptions();
    for (const pattern of ["#", "a/b", "a/+"]) subscriptions.add(pattern, route(1));
    subscriptions.add("a/#", route(0));
    subscriptions.add("+/b", { slot: 1, input: 0 });
    expect(subscriptions.match("a/b")).toEqual([route(0), route(1), { slot: 1, input: 0 }]);
  });
});
