// Reads the groups of a plan, each at its own pace, over one connection that is made again whenever it ends. A reading that
// comes due while another is under way is late; one that is a whole interval late is left out, so that a slow device is
// never asked faster than it answers. A reading that comes to nothing because the connection is gone is made up for on the
// next connection, not an interval later: many devices and firewalls drop a connection that rests between two readings of a
// slow group. Of a block that holds an address which the device does not have, the device reads nothing; it is halved until
// what it has is read, and what it has not is asked for by itself.

import { setTimeout as sleep } from "node:timers/promises";
import { type DriverContext, reconnectPolicy, steadyMs, type TagSet, wallClockNs } from "@flowfusion/driver-kit";
import { backoffMs } from "@flowfusion/transport";
import { ModbusClient, RequestTimeout } from "./client.ts";
import { type Decoded, decodeRegisters } from "./data-types.ts";
import { ExceptionAnswer } from "./frames.ts";
import type { ModbusConfig } from "./kind.ts";
import { type Block, halves, planPolls } from "./poll-plan.ts";

/** So many requests in a row without an answer, and the connection counts as dead. */
const timeoutsMax = 3;
/** A connection that was not answered for so many request timeouts before a request has rested. */
const restTimeouts = 3;
/** How long after a reading that failed with its connection the group is due again; twice as long after each, up to its interval. */
const againMs = 200;
const noSuchAddress = 2;

export class Poller {
  readonly #context: DriverContext<ModbusConfig>;
  readonly #dueMs: number[];
  readonly #tags: TagSet;
  readonly #last: Decoded[] = [];
  #timeouts = 0;
  #answeredMs = 0;
  /** Groups that were asked since the device answered last. */
  readonly #unanswered = new Set<number>();
  /** Of each group, how many readings in a row failed with their connection. */
  readonly #failures: number[];
  /** Of each group, the blocks that were answered since it last found a connection dead that had rested. */
  readonly #answering: Set<string>[];
  /** Of which the device has nothing: halving them is of no use. */
  readonly #refused = new Set<Block>();

  constructor(context: DriverContext<ModbusConfig>) {
    this.#context = context;
    this.#dueMs = context.config.groups.map(() => steadyMs());
    this.#failures = context.config.groups.map(() => 0);
    this.#answering = context.config.groups.map(() => new Set());
    this.#tags = context.tagSet({ silenceMs: context.config.silenceMs });
    for (const { tags } of context.config.groups) for (const { tag } of tags) this.#tags.add(tag);
  }

  /** Until the driver is to stop. */
  async run(): Promise<void> {
    const { config, signal } = this.#context;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const client = await ModbusClient.connect(config, signal);
        const stop = () => client.close();
        signal.addEventListener("abort", stop);
        try {
          await this.#pollUntilFailure(client, () => {
            failures = 0;
          });
        } catch (error) {
          this.#askAgain();
          throw error;
        } finally {
          signal.removeEventListener("abort", stop);
          client.close();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#context.device(this.#tags.isAllSilent ? "silent" : "connecting", (error as Error).message);
        await pause(backoffMs(++failures, reconnectPolicy(config.silenceMs), Math.random), signal);
      }
    }
  }

  async #pollUntilFailure(client: ModbusClient, onAnswer: () => void): Promise<never> {
    this.#answered();
    this.#refused.clear();
    const groups = planPolls(this.#context.config).map(({ blocks }) => blocks);
    for (;;) {
      const group = this.#dueMs.indexOf(Math.min(...this.#dueMs));
      await pause(this.#dueMs[group]! - steadyMs(), this.#context.signal);
      if (client.failure !== undefined) throw client.failure;
      const { pollIntervalMs } = this.#context.config.groups[group]!;
      this.#dueMs[group] = Math.max(this.#dueMs[group]! + pollIntervalMs, steadyMs());
      this.#unanswered.add(group);
      const next: Block[] = [];
      for (const block of groups[group]!) {
        next.push(...(await this.#poll(client, block, this.#answering[group]!)));
        if (this.#timeouts === 0) onAnswer();
      }
      groups[group] = next;
      this.#context.tags.flush();
      if (this.#timeouts > 0) continue;
      this.#failures[group] = 0;
      this.#unanswered.clear();
    }
  }

  /** What the connection that ended left unanswered is due again on the next one. */
  #askAgain(): void {
    for (const group of this.#unanswered) {
      const { pollIntervalMs } = this.#context.config.groups[group]!;
      this.#failures[group]!++;
      const waitMs = backoffMs(this.#failures[group]!, { firstMs: againMs, mostMs: pollIntervalMs }, Math.random);
      this.#dueMs[group] = Math.min(this.#dueMs[group]!, steadyMs() + waitMs);
    }
    this.#unanswered.clear();
  }

  #answered(): void {
    this.#timeouts = 0;
    this.#answeredMs = steadyMs();
  }

  /**
   * One request without an answer is enough where the connection had rested, but only of a block that was answered before: a
   * unit behind a gateway that is off must not end the connection of the others again and again.
   */
  #isDead(block: Block, restedMs: number, answering: Set<string>): boolean {
    if (++this.#timeouts >= timeoutsMax) return true;
    const hasRested = restedMs > restTimeouts * this.#context.config.requestTimeoutMs;
    if (!hasRested || !answering.has(nameOf(block))) return false;
    answering.clear();
    return true;
  }

  /** Gives what to ask for the next time in place of the block. Throws when the connection is of no use any more. */
  async #poll(client: ModbusClient, block: Block, answering: Set<string>): Promise<readonly Block[]> {
    const restedMs = steadyMs() - this.#answeredMs;
    try {
      const bytes = await client.read(block);
      this.#answered();
      answering.add(nameOf(block));
      this.#refused.delete(block);
      this.#passOn(block, bytes);
      this.#context.device("connected");
    } catch (error) {
      if (error instanceof ExceptionAnswer) {
        this.#answered();
        answering.add(nameOf(block));
        return this.#withoutRefused(client, block, error, answering);
      }
      if (!(error instanceof RequestTimeout) || this.#isDead(block, restedMs, answering)) throw error;
      this.#context.device(this.#tags.isAllSilent ? "silent" : "connected", `${nameOf(block)}: ${error.message}`);
    }
    return [block];
  }

  async #withoutRefused(
    client: ModbusClient,
    block: Block,
    error: ExceptionAnswer,
    answering: Set<string>,
  ): Promise<readonly Block[]> {
    const isWhole = error.exception !== noSuchAddress || this.#refused.has(block);
    const [first, second] = (isWhole ? undefined : halves(block)) ?? [];
    if (first === undefined || second === undefined) {
      this.#tellRefused(block, error);
      if (error.exception === noSuchAddress) this.#refused.add(block);
      return [block];
    }
    const parts = [...(await this.#poll(client, first, answering)), ...(await this.#poll(client, second, answering))];
    if (parts.some((part) => !this.#refused.has(part))) return parts;
    this.#refused.add(block);
    return [block];
  }

  #passOn(block: Block, bytes: Uint8Array): void {
    const stampNs = wallClockNs();
    const isBits = block.table === "coil" || block.table === "discrete";
    for (const { index, at, registers, encoding } of block.tags) {
      const decoded: Decoded = isBits
        ? { quality: 0, value: (bytes[at >> 3]! & (1 << (at & 7))) !== 0 }
        : decodeRegisters(bytes.subarray(at * 2, (at + registers) * 2), encoding);
      this.#tell(index, stampNs, decoded);
    }
  }

  /** The device answers, and has no value for these tags: they are bad at once. */
  #tellRefused(block: Block, error: ExceptionAnswer): void {
    const stampNs = wallClockNs();
    for (const { index } of block.tags) this.#tell(index, stampNs, { quality: 2, value: null });
    this.#context.device("connected", `${nameOf(block)}: ${error.message}`);
  }

  #tell(index: number, stampNs: bigint, decoded: Decoded): void {
    const last = this.#last[index];
    const isSame = last !== undefined && Object.is(last.value, decoded.value) && last.quality === decoded.quality;
    if (this.#context.config.onlyChanges && isSame && !this.#tags.isSilent(index)) this.#tags.heard(index);
    else this.#tags.update(index, stampNs, decoded.quality, decoded.value);
    this.#last[index] = decoded;
  }
}

const nameOf = ({ unitId, table, address, count }: Block): string =>
  `unit ${unitId}, ${table} ${address} to ${address + count - 1}`;

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {});
}
