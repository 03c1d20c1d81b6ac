// The configuration of the Modbus TCP driver.

import {
  type ConfigProblem,
  choice,
  decimal,
  defineKind,
  flag,
  integer,
  list,
  object,
  optional,
  type Static,
  text,
} from "@flowfusion/driver-kit";
import { dataTypes, registersOf, tables } from "./data-types.ts";

const wordOrders = ["big", "little"] as const;

const tag = object({
  tag: text({ description: "Name of the tag.", maxLength: 512 }),
  table: choice(tables, { description: "Which of the device's four tables.", default: "holding" }),
  address: integer({
    description: "First register or bit, counted from 0: the register that a manual calls 40001 is 0 in `holding`.",
    minimum: 0,
    maximum: 65_535,
  }),
  type: choice(dataTypes, {
    description: "How the registers are read. A `bool` in a table of registers is one bit of one register.",
    default: "uint16",
  }),
  bit: optional(
    integer({ description: "For a `bool` in a register: which bit, 0 is the lowest.", minimum: 0, maximum: 15 }),
  ),
  registers: optional(
    integer({ description: "For a `text`: how many registers, two characters each.", minimum: 1, maximum: 125 }),
  ),
  wordOrder: optional(choice(wordOrders, { description: "As that of the device, for this tag alone, a `text` too." })),
  scale: optional(decimal({ description: "What the number is multiplied by; the result is a float." })),
  offset: optional(decimal({ description: "What is added after scaling; the result is a float." })),
});

const pollGroup = object({
  pollIntervalMs: integer({ description: "Time between two readings of the group.", minimum: 10, maximum: 3_600_000 }),
  unitId: integer({
    description: "The device behind a gateway; most devices take any.",
    minimum: 0,
    maximum: 255,
    default: 1,
  }),
  tags: list(tag, { description: "What is read.", minItems: 1, maxItems: 10_000 }),
});

export const modbusConfig = object({
  host: text({ description: "Name or address of the device.", maxLength: 253 }),
  port: integer({ description: "TCP port.", minimum: 1, maximum: 65_535, default: 502 }),
  connectTimeoutMs: integer({ description: "Time to connect.", minimum: 10, maximum: 60_000, default: 3_000 }),
  requestTimeoutMs: integer({ description: "Time for one answer.", minimum: 10, maximum: 60_000, default: 1_000 }),
  silenceMs: integer({
    description: "A tag that was not read for this long turns bad.",
    minimum: 20,
    maximum: 86_400_000,
    default: 10_000,
  }),
  wordOrder: choice(wordOrders, {
    description:
      "Order of the registers of a number: `big` has the highest first, as the standard has the bytes. A `text` is read from its beginning all the same.",
    default: "big",
  }),
  blockRegistersMax: integer({
    description: "Most registers asked for at once; some devices allow less than the standard's 125.",
    minimum: 1,
    maximum: 125,
    default: 125,
  }),
  gapRegistersMax: integer({
    description: "Registers between two tags that are read and thrown away rather than asking twice.",
    minimum: 0,
    maximum: 124,
    default: 8,
  }),
  onlyChanges: flag({ description: "Pass on a value only when it differs from the one before.", default: false }),
  groups: list(pollGroup, { description: "Poll groups: what is read how often.", minItems: 1, maxItems: 100 }),
});

export type ModbusConfig = Static<typeof modbusConfig>;
export type PollGroup = ModbusConfig["groups"][number];
export type ModbusTag = PollGroup["tags"][number];

export const modbusKind = defineKind({
  kind: "modbus",
  summary: "Polls the registers and bits of a Modbus TCP device.",
  config: modbusConfig,
  secrets: {},
  example: {
    host: "192.168.10.20",
    groups: [
      {
        pollIntervalMs: 500,
        tags: [
          { tag: "boiler/1/temp", address: 0, type: "int16", scale: 0.1 },
          { tag: "boiler/1/energy", address: 10, type: "float32", wordOrder: "little" },
          { tag: "boiler/1/burner", table: "coil", address: 3, type: "bool" },
        ],
      },
    ],
  },
  check: checkTags,
  tags: ({ groups }) => groups.flatMap(({ tags }) => tags.map(({ tag }) => tag)),
  endpoint: ({ host, port }) => ({ host, port, path: "host" }),
  program: new URL("./main.ts", import.meta.url),
});

function checkTags({ groups, blockRegistersMax }: ModbusConfig): ConfigProblem[] {
  const seen = new Set<string>();
  return groups.flatMap(({ tags }, group) =>
    tags.flatMap((tag, index) => {
      const isTwice = seen.has(tag.tag);
      seen.add(tag.tag);
      const problems = [...(isTwice ? [["tag", "another tag has the same name"] as const] : []), ...problemsOf(tag)];
      const registers = registersOf(tag);
      if (registers > blockRegistersMax && !isBitTable(tag)) {
        problems.push(["type", `takes ${registers} registers, blockRegistersMax is ${blockRegistersMax}`]);
      }
      return problems.map(([name, message]) => ({ path: `groups[${group}].tags[${index}].${name}`, message }));
    }),
  );
}

const isBitTable = ({ table }: ModbusTag): boolean => table === "coil" || table === "discrete";

function problemsOf(tag: ModbusTag): (readonly [name: string, message: string])[] {
  const { type, address } = tag;
  const problems: (readonly [string, string])[] = [];
  if (isBitTable(tag) && type !== "bool") problems.push(["type", `${tag.table} holds bits: bool expected`]);
  const needsBit = type === "bool" && !isBitTable(tag);
  if (needsBit !== (tag.bit !== undefined)) {
    problems.push(["bit", needsBit ? "missing: which bit of the register?" : "is for a bool in a table of registers"]);
  }
  if ((type === "text") !== (tag.registers !== undefined)) {
    problems.push(["registers", type === "text" ? "missing: how long is the text?" : "is for a text"]);
  }
  if ((tag.scale ?? tag.offset) !== undefined && (type === "bool" || type === "text")) {
    problems.push([tag.scale === undefined ? "offset" : "scale", `is for numbers, the type is ${type}`]);
  }
  const end = address + registersOf(tag);
  if (end > 65_536) problems.push(["address", `ends at ${end - 1}, the last address is 65535`]);
  return problems;
}
