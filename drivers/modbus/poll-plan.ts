// From tags to requests. The tags of a group that lie close together in one table are read as one block; what lies between
// them is thrown away, up to a limit, since a request costs more than a few registers.

import { type Encoding, registersOf, type Table } from "./data-types.ts";
import type { ModbusConfig, PollGroup } from "./kind.ts";

interface PlannedTag {
  /** Counts the tags of all groups, in the order of the configuration. */
  readonly index: number;
  /** First register or bit, from the start of the block. */
  readonly at: number;
  readonly registers: number;
  readonly encoding: Encoding;
}

/** One request and what its answer holds. */
export interface Block {
  readonly unitId: number;
  readonly table: Table;
  readonly address: number;
  /** Registers, or bits. */
  readonly count: number;
  readonly tags: readonly PlannedTag[];
}

export interface PlannedGroup {
  readonly pollIntervalMs: number;
  readonly blocks: readonly Block[];
}

/** The most bits that the standard lets one request ask for. */
const bitsMax = 2000;

interface Placed extends PlannedTag {
  readonly table: Table;
  readonly address: number;
}

export function planPolls(config: ModbusConfig): readonly PlannedGroup[] {
  let before = 0;
  return config.groups.map((group) => {
    const placed = placeTags(config, group, before);
    before += placed.length;
    const blocks = [...Map.groupBy(placed, ({ table }) => table)].flatMap(([table, tags]) =>
      toBlocks(tags, limitsOf(table, config)).map((block) => ({ ...block, table, unitId: group.unitId })),
    );
    return { pollIntervalMs: group.pollIntervalMs, blocks };
  });
}

const isBits = (table: Table): boolean => table === "coil" || table === "discrete";

function placeTags(config: ModbusConfig, { tags }: PollGroup, before: number): Placed[] {
  return tags.map(({ tag: _, table, address, wordOrder, ...shape }, index) => ({
    index: before + index,
    table,
    address,
    at: 0,
    registers: registersOf(shape),
    // Devices that have the words of numbers the other way round still have texts from their beginning.
    encoding: { ...shape, wordOrder: wordOrder ?? (shape.type === "text" ? "big" : config.wordOrder) },
  }));
}

interface BlockLimits {
  readonly countMax: number;
  readonly gapMax: number;
}

function limitsOf(table: Table, { blockRegistersMax, gapRegistersMax }: ModbusConfig): BlockLimits {
  // A gap in bits of as many registers costs as little.
  return isBits(table)
    ? { countMax: Math.min(bitsMax, blockRegistersMax * 16), gapMax: gapRegistersMax * 16 }
    : { countMax: blockRegistersMax, gapMax: gapRegistersMax };
}

function toBlocks(tags: readonly Placed[], { countMax, gapMax }: BlockLimits): Omit<Block, "unitId" | "table">[] {
  const sorted = tags.toSorted((a, b) => a.address - b.address || a.index - b.index);
  const blocks: { address: number; count: number; tags: PlannedTag[] }[] = [];
  for (const { table: _, address, ...tag } of sorted) {
    const end = address + tag.registers;
    const last = blocks.at(-1);
    if (last === undefined || address - (last.address + last.count) > gapMax || end - last.address > countMax) {
      blocks.push({ address, count: tag.registers, tags: [tag] });
      continue;
    }
    last.count = Math.max(last.count, end - last.address);
    last.tags.push({ ...tag, at: address - last.address });
  }
  return blocks;
}

/** Two requests in place of one; undefined where all tags begin at one address. */
export function halves(block: Block): readonly [Block, Block] | undefined {
  const starts = [...new Set(block.tags.map(({ at }) => at))];
  const middle = starts[Math.ceil(starts.length / 2)];
  if (middle === undefined) return undefined;
  const [before, after] = [block.tags.filter(({ at }) => at < middle), block.tags.filter(({ at }) => at >= middle)];
  return [part(block, before), part(block, after)];
}

function part(block: Block, tags: readonly PlannedTag[]): Block {
  const first = tags[0]!.at;
  return {
    ...block,
    address: block.address + first,
    count: Math.max(...tags.map(({ at, registers }) => at + registers)) - first,
    tags: tags.map((tag) => ({ ...tag, at: tag.at - first })),
  };
}
