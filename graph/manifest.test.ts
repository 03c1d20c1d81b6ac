import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FlowFusionError } from "./errors.ts";
import { graphLimits } from "./limits.ts";
import { parseManifest } from "./manifest.ts";
import { builtInManifests, errorOf, manifestBytes, openManifest } from "./testkit.ts";

const valid = { ...openManifest };
const port = (name: string) => ({ name, type: "any" });
const without = (key: keyof typeof valid) => Object.fromEntries(Object.entries(valid).filter(([name]) => name !== key));

test("the manifests of all built-in nodes are valid", () => {
  expect(builtInManifests().map(({ name }) => name)).toContain("filter");
});

test("a manifest comes back as it was written", () => {
  expect(parseManifest(manifestBytes(valid))).toStrictEqual(valid);
});

test("a manifest may use the whole of its schema language", () => {
  const props = {
    ...{ $schema: "https://json-schema.org/draft/2020-12/schema", $id: "https://example.test/p", type: "object" },
    $defs: { hour: { type: "integer", minimum: 0, maximum: 23 } },
    properties: {
      at: { $ref: "#/$defs/hour", default: 6 },
      mail: { type: "string", format: "email" },
      next: { $ref: "#" },
    },
    ...{ if: { required: ["mail"] }, else: { required: ["next"] }, unevaluatedProperties: false },
  };
  expect(parseManifest(manifestBytes({ ...valid, props })).props).toEqual(props);
});

describe("a manifest with", () => {
  test.each<[string, object, string, string]>([
    ["another contract", { ...valid, contract: 2 }, "contract", "the number 2 given, 1 expected"],
    ["no name", without("name"), "name", "is missing"],
    ["a name in capitals", { ...valid, name: "Filter" }, "name", "must match pattern"],
    ["a version that is none", { ...valid, version: "v1" }, "version", "must match pattern"],
    ["no documentation", without("doc"), "doc", "is missing"],
    ["no properties", without("props"), "props", "is missing"],
    ["no state version", without("stateVersion"), "stateVersion", "is missing"],
    ["a misspelt part", { ...without("inputs"), input: [] }, "input", "did you mean `inputs`?"],
    [
      "five inputs",
      { ...valid, inputs: "abcde".split("").map(port) },
      "inputs",
      "a list of 5 given, at most 4 expected",
    ],
    [
      "five outputs",
      { ...valid, outputs: "abcde".split("").map(port) },
      "outputs",
      "a list of 5 given, at most 4 expected",
    ],
    [
      "two inputs of one name",
      { ...valid, inputs: [port("a"), port("b"), port("a")] },
      "inputs[2].name",
      "`a` is there twice",
    ],
    ["a port without type", { ...valid, outputs: [{ name: "a" }] }, "outputs[0].type", "is missing"],
    [
      "a port of an unknown type",
      { ...valid, inputs: [{ name: "a", type: "json" }] },
      "inputs[0].type",
      '"tag", "message", "any"',
    ],
    ["a port name with a dot", { ...valid, inputs: [port("a.b")] }, "inputs[0].name", "must match pattern"],
    ["state accepted from the future", { ...valid, stateVersion: 1 }, "acceptsStateFrom", "2 given, at most 1"],
    [
      "a state that replaces in words",
      { ...valid, replacesState: "yes" },
      "replacesState",
      "text of 3 characters given",
    ],
    ["a negative state version", { ...valid, stateVersion: -1 }, "stateVersion", "-1 given, >= 0 expected"],
    ["a state version beyond 32 bits", { ...valid, stateVersion: 2 ** 32 }, "stateVersion", "<= 4294967295 expected"],
    ["an unknown kind of sink", { ...valid, outputs: [], delivers: { to: "fax" } }, "delivers.to", '"fax" given'],
    [
      "expressions in no property",
      { ...valid, expressions: { result: "boolean" } },
      "expressions.property",
      "is missing",
    ],
    [
      "a list in a list",
      { ...valid, expressions: { property: "a[].b[].c" } },
      "expressions.property",
      "must match pattern",
    ],
    [
      "an unknown result",
      { ...valid, expressions: { property: "a", result: "list" } },
      "expressions.result",
      '"list" given',
    ],
    ["a sink and outputs", { ...valid, delivers: { to: "mqtt" } }, "outputs", "2 given, 0 allowed"],
    ["a subscription and inputs", { ...valid, subscribes: { property: "tags" } }, "inputs", "2 given, 0 allowed"],
    [
      "a subscription by an unknown property",
      { ...valid, inputs: [], subscribes: { property: "constructor" } },
      "subscribes.property",
      "is no property in `props`",
    ],
    ["properties that are a list", { ...valid, props: { type: "array" } }, "props.type", '"object" expected'],
    ["a schema for anything at all", { ...valid, props: {} }, "props.type", "is missing"],
    [
      "a schema with an unknown type",
      { ...valid, props: { type: "object", properties: { a: { type: "text" } } } },
      "props",
      "not a valid JSON Schema",
    ],
    [
      "a schema with a misspelt keyword",
      { ...valid, props: { type: "object", properties: { a: { minimun: 1 } } } },
      "props",
      'unknown keyword: "minimun"',
    ],
    [
      "a schema with a pattern that is none",
      { ...valid, props: { type: "object", properties: { a: { pattern: "(" } } } },
      "props",
      "not a valid JSON Schema",
    ],
    [
      "a schema that refers elsewhere",
      { ...valid, props: { type: "object", $ref: "https://example.test/x" } },
      "props",
      "can't resolve reference",
    ],
    [
      "a schema that refers to itself without end",
      { ...valid, props: { type: "object", $ref: "#" } },
      "props",
      "not a valid JSON Schema",
    ],
    [
      "a schema that answers later",
      { ...valid, props: { type: "object", $async: true } },
      "props",
      "`$async` is not allowed",
    ],
    [
      "a schema that calls itself the language's own",
      { ...valid, props: { type: "object", $id: "https://json-schema.org/draft/2020-12/schema", $ref: "#/nowhere" } },
      "props",
      "can't resolve reference",
    ],
  ])("%s is refused", (_, manifest, path, message) => {
    const error = errorOf(() => parseManifest(manifestBytes(manifest)));
    expect(error.code).toBe("FF_MODULE_MANIFEST");
    expect(error.diagnostics.map((diagnostic) => diagnostic.path)).toContain(path);
    expect(error.message).toContain(message);
    // A refused schema leaves nothing behind that would spoil the next one.
    expect(parseManifest(manifestBytes(valid))).toStrictEqual(valid);
  });

  test("several problems shows them all", () => {
    const error = errorOf(() => parseManifest(manifestBytes({ ...without("name"), contract: 0, stateVersion: "1" })));
    expect(error.diagnostics.map(({ path }) => path).sort()).toEqual(["contract", "name", "stateVersion"]);
  });
});

describe("a manifest section that", () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  test.each<[string, Uint8Array, string]>([
    ["is empty", new Uint8Array(0), "not JSON in UTF-8"],
    ["is cut off", manifestBytes(valid).subarray(0, 40), "not JSON in UTF-8"],
    ["is not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "not JSON in UTF-8"],
    ["is a list", utf8("[]"), "a list of 0 given"],
    ["is null", utf8("null"), "null given"],
    ["is too large", new Uint8Array(graphLimits.manifestBytesMax + 1), "262145 bytes given, 262144 allowed"],
    ["is a tower of lists", utf8(`{"props":${"[".repeat(100_000)}${"]".repeat(100_000)}}`), "32 allowed"],
    ["names a property __proto__", utf8('{"props":{"properties":{"__proto__":{"type":"string"}}}}'), "`__proto__`"],
  ])("%s is refused", (_, bytes, message) => {
    const error = errorOf(() => parseManifest(bytes));
    expect(error.code).toBe("FF_MODULE_MANIFEST");
    expect(error.message).toContain(message);
  });

  test("is any JSON at all gives a manifest or the one code", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(valid)), fc.jsonValue(), (key, value) => {
        try {
          parseManifest(manifestBytes({ ...valid, [key]: value }));
        } catch (error) {
          expect((error as FlowFusionError).code).toBe("FF_MODULE_MANIFEST");
        }
      }),
    );
  });
});
