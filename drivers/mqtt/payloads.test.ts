import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type JsonSubscription, mqttKind, type TextSubscription } from "./kind.ts";
import { PayloadError, readJson, readText } from "./payloads.ts";

const nowNs = 5n;
const bytes = (text: string) => new TextEncoder().encode(text);

function subscription(given: object): JsonSubscription & TextSubscription {
  const { value, problems } = mqttKind.checkConfig({ url: "mqtt://b", subscriptions: [{ topic: "#", ...given }] });
  expect(problems).toEqual([]);
  return value!.subscriptions[0] as unknown as JsonSubscription & TextSubscription;
}

const json = (payload: string, given: object = {}) =>
  readJson("a/b", bytes(payload), subscription({ format: "json", ...given }), nowNs);

const nested = (levels: number, inmost = "") => "[".repeat(levels) + inmost + "]".repeat(levels);

describe("a JSON payload", () => {
  test.each([
    ["that is a number", "21.5", 21.5],
    ["that is a text", '"on"', "on"],
    ["that is a boolean", "false", false],
    ["that is null", "null", null],
  ])("%s is the value of the topic's tag", (_, payload, value) => {
    expect(json(payload)).toEqual([{ tag: "a/b", timestampNs: 5n, quality: 0, value }]);
  });

  test("that is an object is a tag for each value", () => {
    const payload = '{"temp":21.5,"motor":{"rpm":[1450,1451]}}';
    expect(json(payload, { tag: "m/{1}" }).map(({ tag, value }) => [tag, value])).toEqual([
      ["m/b/temp", 21.5],
      ["m/b/motor/rpm/0", 1450],
      ["m/b/motor/rpm/1", 1451],
    ]);
  });

  test("that has an object where its value is has the text of it", () => {
    expect(json(`{"v":${nested(16)}}`, { value: "v" })[0]?.value).toBe(nested(16));
  });

  test("has its value, time and quality where the subscription says", () => {
    const payload = '{"d":[{"v":7,"q":"Uncertain"}],"t":1700000000123}';
    const given = { value: "d[0].v", quality: "d[0].q", timestamp: "t", timestampUnit: "ms" };
    expect(json(payload, given)).toEqual([
      { tag: "a/b", timestampNs: 1_700_000_000_123_000_000n, quality: 1, value: 7 },
    ]);
  });

  test.each<[string, bigint | number]>([
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", 9007199254740993n],
    ["-9223372036854775808", -9223372036854775808n],
    ["9223372036854775808", 2 ** 63],
    ["9007199254740993.0", 9007199254740992],
    ["1e300", 1e300],
  ])(
    "of %s is an int64 where a float64 would round it, and the text of what it is in has it as it came",
    (text, value) => {
      const found = (payload: string, given = {}) => json(payload, given).map((reading) => reading.value);
      expect(found(`{"count":${text},"name":"9007199254740993"}`)).toEqual([value, "9007199254740993"]);
      if (typeof value !== "bigint") return;
      expect(found(`{"a":{"count":${text}}}`, { value: "a" })).toEqual([`{"count":${text}}`]);
      expect(readText("a", bytes(text), subscription({ format: "text", type: "number" }), nowNs)[0]?.value).toBe(value);
    },
  );

  test.each([
    ["s", "1700000000.5", 1_700_000_000_500_000_000n],
    ["ns", "1700000000000000001", 1_700_000_000_000_000_001n],
    ["us", "1700000000000001", 1_700_000_000_000_001_000n],
    ["ns", '"1700000000000000001"', 1_700_000_000_000_000_001n],
    ["iso8601", '"2026-01-31T12:00:00.123456789Z"', 1_769_860_800_123_456_789n],
    ["iso8601", '"2026-01-31T13:00:00+01:00"', 1_769_860_800_000_000_000n],
  ])("may have its time in %s: %s", (timestampUnit, time, timestampNs) => {
    expect(json(`{"v":1,"t":${time}}`, { value: "v", timestamp: "t", timestampUnit })[0]?.timestampNs).toBe(
      timestampNs,
    );
  });

  test("whose time names no zone is of UTC, wherever the gateway stands", () => {
    vi.stubEnv("TZ", "Asia/Tokyo");
    try {
      expect(new Date(0).getTimezoneOffset()).toBe(-540);
      const [reading] = json('{"v":1,"t":"2026-01-31T12:00:00.5"}', { value: "v", timestamp: "t" });
      expect(reading?.timestampNs).toBe(1_769_860_800_500_000_000n);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test.each([
    ["good", 0],
    ["BAD", 2],
    [1, 1],
    ["splendid", 2],
    [null, 2],
  ])("has its quality by name or number, and bad where that says nothing: %j", (quality, expected) => {
    expect(json(JSON.stringify({ v: 1, q: quality }), { value: "v", quality: "q" })[0]?.quality).toBe(expected);
  });

  test.each([
    ["is no JSON", "{", {}, "the payload is not JSON"],
    ["has no value there", "{}", { value: "v.x" }, "there is nothing at v.x"],
    [
      "has no time there",
      '{"v":1}',
      { value: "v", timestamp: "t" },
      "what stands at t is not a time in iso8601 between 1970 and 2554",
    ],
    [
      "has a time before time",
      '{"v":1,"t":-5}',
      { value: "v", timestamp: "t", timestampUnit: "s" },
      /^what stands at t/,
    ],
    ["has too many values", JSON.stringify(Array(1001).fill(1)), {}, "more than 1000 values in one message"],
    ["is too deep", nested(17), {}, "the document nests more than 16 levels deep"],
    ["is too deep at its value", `{"v":${nested(17)}}`, { value: "v" }, "the document nests more than 16 levels deep"],
    ["is endless at its value", `{"v":${nested(10_000)}}`, { value: "v" }, "more than 16 levels deep"],
    ["is endless around a long number", nested(100_000, "9007199254740993"), {}, "more than 16 levels deep"],
    ["asks for what every object has", "{}", { value: "constructor.name" }, "there is nothing at constructor.name"],
  ])("is refused when it %s", (_, payload, given, message) => {
    expect(() => json(payload, given)).toThrow(PayloadError);
    expect(() => json(payload, given)).toThrow(message);
  });

  test("of any bytes gives readings or a reason", () => {
    const format = subscription({ format: "json" });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytes)), (payload) => {
        try {
          for (const { tag } of readJson("t", payload, format, nowNs)) expect(tag.startsWith("t")).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
        }
      }),
    );
  });
});

describe("a plain payload", () => {
  const text = (payload: string, type: string) =>
    readText("t", bytes(payload), subscription({ format: "text", type }), nowNs)[0]?.value;

  test.each([
    [" 21.5\n", "number", 21.5],
    ["-1e3", "number", -1000],
    ["ON", "boolean", true],
    ["0", "boolean", false],
    [" as it is ", "text", " as it is "],
  ])("%j as %s is %j", (payload, type, value) => {
    expect(text(payload, type)).toBe(value);
  });

  test.each([
    ["", "number", "the payload is not a number"],
    ["21,5", "number", "the payload is not a number"],
    ["constructor", "boolean", "the payload is not true, false, on, off, 1 or 0"],
  ])("%j as %s is refused", (payload, type, message) => {
    expect(() => text(payload, type)).toThrow(new PayloadError(message));
  });

  test("that is not UTF-8 is refused", () => {
    const format = subscription({ format: "text", type: "text" });
    expect(() => readText("t", Uint8Array.of(0xff), format, nowNs)).toThrow("the payload is not UTF-8");
  });
});

describe("a configuration is refused, with the place", () => {
  test.each([
    ["a filter that is none", { format: "json", topic: "a#" }, "subscriptions[0].topic"],
    ["a Sparkplug topic of other messages", { format: "sparkplug", topic: "plant/#" }, "subscriptions[0].topic"],
    ["an unknown format", { format: "xml", topic: "a" }, "subscriptions[0].format"],
    ["a property of another format", { format: "text", topic: "a", value: "v" }, "subscriptions[0].value"],
    ["a quality of service that is none", { format: "text", topic: "a", qos: 3 }, "subscriptions[0].qos"],
  ])("%s", (_, given, path) => {
    const { problems } = mqttKind.checkConfig({ url: "mqtt://b", subscriptions: [given] });
    expect(problems.map((problem) => problem.path)).toEqual([path]);
  });

  test.each([
    ["a password in the URL", { url: "mqtt://u:p@b" }, "url"],
    ["a kept session of nobody", { url: "mqtt://b", keepSession: true }, "clientId"],
    ["certificates without TLS", { url: "mqtt://b", ca: "x" }, "ca"],
  ])("%s", (_, given, path) => {
    const subscriptions = [{ format: "json", topic: "a" }];
    expect(mqttKind.checkConfig({ ...given, subscriptions }).problems.map((problem) => problem.path)).toEqual([path]);
  });

  test("and the example of the documentation is not", () => {
    expect(mqttKind.checkConfig(mqttKind.example).problems).toEqual([]);
  });
});
