// Functions against JavaScript itself: what Node.js computes from a payload is what the mapped nodes send.

import { describe, expect, test } from "vitest";
import { mapFunction } from "./function.ts";
import { runMapping, type Sent } from "./testkit.ts";

const payloads = [-250.5, -2.5, -1, -0.4, 0, 0.05, 1, 2.5, 49.99, 90, 90.01, 100, 1e6];

/** As Node-RED runs a function: the messages of each output. */
function inJavaScript(source: string, outputs: number, payload: unknown): Sent[][] {
  const body = new Function("msg", "node", source) as (msg: object, node: object) => unknown;
  const returned = body({ payload, topic: "a/b" }, { status() {}, log() {}, warn() {} });
  const byOutput = Array.isArray(returned) ? returned : [returned];
  return Array.from({ length: outputs }, (_, output) => {
    const message = byOutput[output] as { payload: never; topic: string } | null | undefined;
    return message ? [{ topic: message.topic, value: message.payload }] : [];
  });
}

describe("a function does what it does in JavaScript", () => {
  test.each<[string, string, number?]>([
    ["arithmetic", "msg.payload = (msg.payload - 32) / 1.8;\nreturn msg;"],
    ["precedence", "msg.payload = -(msg.payload - 1) * 2 - (3 - msg.payload / (2 * 4)); return msg;"],
    ["a remainder", "msg.payload = msg.payload % 7; return msg;"],
    ["rounding", "msg.payload = Math.round(msg.payload * 10) / 10; return msg;"],
    ["digits", "msg.payload = Number((msg.payload / 3).toFixed(0)); return msg;"],
    [
      "functions of Math",
      "msg.payload = Math.max(0, Math.min(100, Math.abs(msg.payload))) + Math.floor(msg.payload); return msg;",
    ],
    ["powers and roots", "msg.payload = Math.sqrt(Math.pow(msg.payload, 2) + msg.payload ** 2) * Math.PI; return msg;"],
    ["variables", "const k = 1.8;\nlet f = msg.payload * k;\nf = f + 32;\nf += 1;\nmsg.payload = f;\nreturn msg;"],
    ["a choice", "msg.payload = msg.payload > 90 ? 1 : 0; return msg;"],
    ["nested choices", "msg.payload = msg.payload > 90 ? 2 : msg.payload > 1 ? 1 : 0; return msg;"],
    [
      "branches",
      "if (msg.payload > 90) { msg.payload = 90; } else if (msg.payload < 0) { msg.payload = 0; }\nreturn msg;",
    ],
    ["a condition", "if (msg.payload > 1 && !(msg.payload >= 100)) return msg;\nreturn null;"],
    ["a guard", "if (msg.payload < 0 || msg.payload === 1) { return; }\nmsg.payload *= 2;\nreturn msg;"],
    ["no return at the end", "if (msg.payload > 5) return msg;"],
    ["text from numbers", "msg.payload = msg.payload > 90 ? 'hot' : \"fine\"; return msg;"],
    ["booleans", "msg.payload = msg.payload > 90 && msg.topic === 'a/b'; return msg;"],
    ["a topic", "msg.topic = 'plant/' + msg.topic + '/scaled'; return msg;"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the function's text
    ["a topic by template", "msg.topic = `plant/${msg.topic}`; msg.payload = 1; return msg;"],
    ["a topic's text", "if (msg.topic.startsWith('a/') && msg.topic.includes('b')) return msg;"],
    ["a new message", "return { payload: msg.payload * 2, topic: 'new' };"],
    ["two outputs", "if (msg.payload > 90) { return [msg, null]; }\nreturn [null, msg];", 2],
    ["two outputs at once", "return [msg, msg];", 2],
    [
      "an output by branch",
      "if (msg.payload > 90) { msg.payload = 1; return [msg, null, null]; }\nif (msg.payload < 0) return [null, msg];\nreturn [null, null, msg];",
      3,
    ],
    ["what is shown", "node.status({ text: 'x' });\nreturn msg;"],
    ["numbers from numbers", "msg.payload = parseFloat(msg.payload) + Number(msg.payload) + +msg.payload; return msg;"],
    ["nothing", "return msg;"],
  ])("%s", async (_, source, outputs = 1) => {
    const mapping = mapFunction(source, outputs, false);
    const expected = payloads.map((payload) => inJavaScript(source, outputs, payload));
    const sent = await runMapping(mapping, payloads);
    for (let output = 0; output < outputs; output++) {
      const wanted = expected.flatMap((one) => one[output]!);
      expect(sent[output]!.map(({ topic }) => topic)).toEqual(wanted.map(({ topic }) => topic));
      for (const [index, { value }] of wanted.entries()) {
        const got = sent[output]![index]!.value;
        if (typeof value === "number") expect(got).toBeCloseTo(value, 9);
        else expect(got).toBe(value);
      }
    }
  });

  test("text", async () => {
    const source = "if (msg.payload === 'on' || msg.payload.length > 4) { msg.payload = true; return msg; }";
    const sent = await runMapping(mapFunction(source, 1, false), ["on", "off", "forever"]);
    expect(sent[0]!.map(({ value }) => value)).toEqual([true, true]);
  });
});

describe("a function of one register", () => {
  test("takes the register's value, where Node-RED has a list", () => {
    const mapping = mapFunction("msg.payload = msg.payload[0] / 10; return msg;", 1, true);
    expect(mapping.specs).toEqual([{ type: "expr", props: { expression: "value / 10.0" } }]);
  });
});

describe("a function of a field", () => {
  test("names the field", () => {
    const mapping = mapFunction("msg.payload = msg.payload.state.temp * 2; return msg;", 1, false);
    expect(mapping).toMatchObject({ field: "state.temp", specs: [{ props: { expression: "value * 2.0" } }] });
  });
});

describe("what has no counterpart is refused with its reason", () => {
  test.each([
    ["return msg", "msg.payload = ", "its JavaScript cannot be read"],
    ["state", "const n = context.get('n') || 0; context.set('n', n + 1); return msg;", "it keeps state in context"],
    ["flow context", "msg.payload = flow.get('limit'); return msg;", "it keeps state in flow"],
    ["the environment", "msg.payload = env.get('X'); return msg;", "it reads the environment"],
    ["a loop", "for (let i = 0; i < 3; i++) {} return msg;", "it loops"],
    ["sending by hand", "node.send(msg);", "it sends by node.send"],
    ["waiting", "setTimeout(() => node.send(msg), 1000);", "it calls setTimeout()"],
    ["several messages", "return [[msg, msg]];", "several messages at one output"],
    ["another property", "msg.count = 1; return msg;", "it sets msg.count"],
    ["reading another property", "msg.payload = msg.count; return msg;", "it uses msg.count"],
    ["an item", "msg.payload = msg.payload[2]; return msg;", "it takes items of a list"],
    [
      "two fields",
      "msg.payload = msg.payload.a + msg.payload.b; return msg;",
      "it combines fields of one message: a, b",
    ],
    ["a regular expression", "msg.payload = msg.payload === /x/; return msg;", "regular expression"],
    [
      "what every object has",
      "msg.payload = msg.payload.toString(); return msg;",
      "expressions have no msg.payload.toString()",
    ],
    [
      "what every object has, of Math",
      "msg.payload = Math.toString(); return msg;",
      "expressions have no Math.toString",
    ],
    ["an unknown name", "msg.payload = RED.util; return msg;", "it uses RED.util"],
    ["an operator", "msg.payload = msg.payload >> 2; return msg;", "expressions have no >>"],
    ["a random number", "msg.payload = Math.random(); return msg;", "expressions have no Math.random"],
    ["different topics", "if (msg.payload > 1) { msg.topic = 'a'; } return msg;", "different topics"],
    ["nothing sent", "return null;", "it never sends anything"],
    ["a try", "try { return msg; } catch (e) { }", "it catches errors"],
    ["too many ways", `${"if (msg.payload > 1) { msg.payload = 1; }\n".repeat(6)}return msg;`, "ways through it"],
  ])("%s", (_, source, reason) => {
    expect(() => mapFunction(source, 1, false)).toThrow(reason);
  });
});
