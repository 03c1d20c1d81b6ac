import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { registersOf } from "./data-types.ts";
import { type ModbusConfig, modbusKind } from "./kind.ts";
import { planPolls } from "./poll-plan.ts";

function configOf(given: object): ModbusConfig {
  const { value, problems } = modbusKind.checkConfig({ host: "plc", ...given });
  expect(problems).toEqual([]);
  return value!;
}

const group = (tags: readonly object[], rest: object = {}) => ({
  pollIntervalMs: 100,
  tags: tags.map((tag, index) => ({ tag: `t${index}`, ...tag })),
  ...rest,
});
const blocksOf = (given: object) =>
  planPolls(configOf(given)).flatMap(({ blocks }) =>
    blocks.map(({ table, address, count, tags }) => [table, address, count, tags.map(({ index }) => index)]),
  );

test("the device's order of words is that of its numbers; a text is read from its end where its own tag says so", () => {
  const text = { type: "text", registers: 3 };
  const tags = [{ type: "float32" }, text, { ...text, wordOrder: "little" }, { type: "int32", wordOrder: "big" }];
  const groups = [group(tags.map((tag, index) => ({ ...tag, address: index * 10 })))];
  const orders = planPolls(configOf({ groups, wordOrder: "little" })).flatMap(({ blocks }) =>
    blocks.flatMap((block) => block.tags.map(({ encoding }) => encoding.wordOrder)),
  );
  expect(orders).toEqual(["little", "big", "little", "big"]);
});

describe("tags are read in blocks", () => {
  test("that bridge small gaps and no large ones, in order of address", () => {
    const tags = [{ address: 20 }, { address: 0 }, { address: 9, type: "float32" }, { address: 19 }];
    expect(blocksOf({ groups: [group(tags)] })).toEqual([["holding", 0, 21, [1, 2, 3, 0]]]);
    expect(blocksOf({ groups: [group(tags)], gapRegistersMax: 7 })).toEqual([
      ["holding", 0, 1, [1]],
      ["holding", 9, 2, [2]],
      ["holding", 19, 2, [3, 0]],
    ]);
  });

  test("that are no longer than the device takes", () => {
    const tags = [{ address: 0 }, { address: 124 }, { address: 125 }];
    const all = { groups: [group(tags)], gapRegistersMax: 124 };
    expect(blocksOf(all)).toEqual([
      ["holding", 0, 125, [0, 1]],
      ["holding", 125, 1, [2]],
    ]);
  });

  test("of one table and one group each", () => {
    const tags = [{ address: 0 }, { address: 0, table: "coil", type: "bool" }, { address: 1, table: "input" }];
    expect(blocksOf({ groups: [group(tags), { ...group([]), tags: [{ tag: "other", address: 1 }] }] })).toEqual([
      ["holding", 0, 1, [0]],
      ["coil", 0, 1, [1]],
      ["input", 1, 1, [2]],
      ["holding", 1, 1, [3]],
    ]);
  });

  test("that hold overlapping tags", () => {
    const tags = [{ address: 0, type: "uint32" }, { address: 1 }, { address: 1, type: "bool", bit: 3 }];
    expect(blocksOf({ groups: [group(tags)] })).toEqual([["holding", 0, 2, [0, 1, 2]]]);
  });

  test("each tag in exactly one, whole, at its own address", () => {
    const tag = fc.record({
      address: fc.integer({ min: 0, max: 400 }),
      type: fc.constantFrom("int16", "float32", "float64"),
      table: fc.constantFrom("holding", "input"),
    });
    const limits = {
      blockRegistersMax: fc.integer({ min: 4, max: 125 }),
      gapRegistersMax: fc.integer({ min: 0, max: 124 }),
    };
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1, maxLength: 40 }), fc.record(limits), (tags, limit) => {
        const config = configOf({ groups: [group(tags)], ...limit });
        const blocks = planPolls(config)[0]!.blocks;
        const seen = blocks.flatMap(({ table, address, count, tags: planned }) => {
          expect(count).toBeLessThanOrEqual(limit.blockRegistersMax);
          return planned.map(({ index, at, registers }) => {
            expect(at + registers).toBeLessThanOrEqual(count);
            expect({ table, address: address + at }).toMatchObject({
              table: tags[index]!.table,
              address: tags[index]!.address,
            });
            expect(registers).toBe(registersOf(config.groups[0]!.tags[index]!));
            return index;
          });
        });
        expect(seen.sort((a, b) => a - b)).toEqual(tags.map((_, index) => index));
      }),
    );
  });
});

describe("a configuration is refused, with the place and what is allowed there", () => {
  const place = "groups[0].tags[0]";
  test.each([
    [
      "a register beyond the last",
      { address: 65_535, type: "uint32" },
      `${place}.address`,
      "ends at 65536, the last address is 65535",
    ],
    ["a bool without a bit", { address: 0, type: "bool" }, `${place}.bit`, "missing: which bit of the register?"],
    ["a bit of a number", { address: 0, bit: 1 }, `${place}.bit`, "is for a bool in a table of registers"],
    ["a number in a table of bits", { address: 0, table: "coil" }, `${place}.type`, "coil holds bits: bool expected"],
    ["a text without a length", { address: 0, type: "text" }, `${place}.registers`, "missing: how long is the text?"],
    [
      "a scaled bool",
      { address: 0, type: "bool", bit: 0, scale: 2 },
      `${place}.scale`,
      "is for numbers, the type is bool",
    ],
    [
      "an unknown type",
      { address: 0, type: "real" },
      `${place}.type`,
      expect.stringContaining('one of "bool", "int16"'),
    ],
    [
      "a misspelt property",
      { adress: 0 },
      `${place}.adress`,
      expect.stringContaining("not known; known are tag, table"),
    ],
    ["an address that is none", { address: -1 }, `${place}.address`, "-1 given, 0 to 65535 allowed"],
  ])("%s", (_, tag, path, message) => {
    const { problems } = modbusKind.checkConfig({ host: "plc", groups: [group([tag])] });
    expect(problems).toContainEqual({ path, message });
  });

  test("all problems at once", () => {
    const { problems } = modbusKind.checkConfig({ port: 0, groups: [group([{ address: 0 }], { pollIntervalMs: 1 })] });
    expect(problems.map(({ path }) => path)).toEqual(["host", "port", "groups[0].pollIntervalMs"]);
  });

  test("two tags of one name, over all groups", () => {
    const twice = [group([{ address: 0 }]), group([{ address: 1 }])];
    const { problems } = modbusKind.checkConfig({ host: "plc", groups: twice });
    expect(problems).toEqual([{ path: "groups[1].tags[0].tag", message: "another tag has the same name" }]);
  });

  test("the example of the documentation is none of these", () => {
    expect(modbusKind.checkConfig(modbusKind.example).problems).toEqual([]);
  });
});
