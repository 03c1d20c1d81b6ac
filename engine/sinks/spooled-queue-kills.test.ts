// Queues with a spool that are killed: what was kept is sent by the next start, in order.

import { spawn } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually } from "@flowfusion/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StoragePolicy } from "./queue.ts";
import type { Sink } from "./sink.ts";
import { numbered } from "./testkit/messages.ts";
import { always, append, onOverflow, spooledQueueOf } from "./testkit/queues.ts";
import { numbersIn, type Step, scriptedSink } from "./testkit/scripted-sink.ts";

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ff-spooled-"));
  folder = path.join(root, "spool");
});

afterEach(() => rm(root, { recursive: true, force: true }));

const start = (sink: Sink, storage: StoragePolicy) => spooledQueueOf(sink, folder, storage);
const upTo = (count: number, first: number) => Array.from({ length: count }, (_, index) => first + index);

test("whatever the sink does, over kills: what was kept comes, first in order, and nothing again but what the sink had in its hands, as the same", async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constant("fail" as const),
    fc.record({ take: fc.integer({ min: 1, max: 6 }), drop: fc.constant(0) }),
  );
  const run = fc.record({
    count: fc.integer({ min: 1, max: 8 }),
    turns: fc.integer({ min: 0, max: 60 }),
    followedBy: fc.constantFrom(...(["go on", "go on", "kill", "stop", "replace"] as const)),
  });
  let folders = 0;
  const policy = fc.constantFrom(always, always, onOverflow, { ...always, durability: "synced" } as const);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 10 }),
      fc.array(run, { maxLength: 30 }),
      fc.array(policy, { minLength: 1, maxLength: 10 }),
      async (scripts, runs, policies) => {
        let life = 0;
        let sinks = 0;
        const received: number[] = [];
        const origins = new Map<number, string>();
        let handed: readonly number[] = [];
        const mayComeAgain = new Set<number>();
        const mustCome = new Set<number>();
        let storage = policies[0]!;
        const next = (): Sink => {
          storage = policies[sinks % policies.length]!;
          const { sink } = scriptedSink(scripts[sinks++] ?? []);
          const mine = life;
          const send: Sink["send"] = async (frames, origin) => {
            const values = numbersIn(frames);
            if (life === mine) handed = values;
            for (const [index, value] of values.entries()) {
              const name = `${origin.epoch} ${origin.ordinal + index}`;
              expect([value, origins.get(value) ?? name]).toEqual([value, name]);
              origins.set(value, name);
            }
            const taken = await sink.send(frames, origin);
            if (life === mine) received.push(...numbersIn(frames.subarray(0, taken.bytes)));
            return taken;
          };
          return { ...sink, send };
        };
        folder = path.join(root, String(folders++));
        let queue = start(next(), storage);
        let appended = 0;
        let waiting: { readonly value: number; readonly isKept: () => boolean }[] = [];
        const noteKept = () => {
          if (storage.durability === "memory") return;
          for (const { value, isKept } of waiting) if (isKept()) mustCome.add(value);
        };
        for (const { count, turns, followedBy } of runs) {
          for (let message = 0; message < count; message++) {
            append(queue, numbered(1, appended));
            waiting.push({ value: appended++, isKept: queue.whenKept() });
          }
          for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
          noteKept();
          if (followedBy === "replace") queue.replace(next(), storage);
          else if (followedBy === "kill") {
            life++;
            for (const value of handed) mayComeAgain.add(value);
            // Nothing happens meanwhile but the one step that may be under way.
            const left = path.join(root, String(folders++));
            if (existsSync(folder)) cpSync(folder, left, { recursive: true });
            const killed = queue.discard(0);
            folder = left;
            queue = start(next(), storage);
            waiting = [];
            await killed;
          } else if (followedBy === "stop") {
            await queue.close(0);
            for (const { value } of waiting) mustCome.add(value);
            queue = start(next(), storage);
            waiting = [];
          }
        }
        for (const { value } of waiting) mustCome.add(value);
        const missing = () => [...mustCome].filter((value) => !received.includes(value));
        await eventually(() => expect(missing()).toEqual([]));
        await queue.close(0);
        expect(queue.stats.dropped).toEqual({});
        const once = [...new Set(received)];
        expect(once).toEqual(once.toSorted((a, b) => a - b));
        const again = received.filter((value, index) => received.indexOf(value) !== index);
        expect(again.filter((value) => !mayComeAgain.has(value))).toEqual([]);
      },
    ),
    { numRuns: process.env.FLOWFUSION_TEST_LONG ? 500 : 40 },
  );
}, 120_000);

test("what a sink was handed is on disk: after kill -9 the next start sends all of it, in order", async () => {
  const script = fileURLToPath(import.meta.resolve("./testkit/spooling-writer.ts"));
  const taken: number[] = [];
  const handed = [0, 0, 0];
  for (const [round] of handed.entries()) {
    const base = round * 1_000_000;
    const child = spawn(process.execPath, [script, folder, String(base)], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface(child.stdout)) {
      const { handed: last, took } = JSON.parse(line) as { handed?: number; took?: number };
      if (took !== undefined) taken.push(took);
      if (last !== undefined) handed[round] = Math.max(handed[round]!, last - base);
      if (taken.length >= (round + 1) * 100 && child.exitCode === null) child.kill("SIGKILL");
    }
  }
  const { sink, received } = scriptedSink([]);
  const queue = start(sink, always);
  await queue.close(60_000);
  expect(queue.stats).toMatchObject({ recovered: received.length, sent: received.length, dropped: {} });
  // A message may come again after a kill; each comes for the first time in order.
  const all = [...new Set([...taken, ...received])];
  expect(all).toEqual([...all].sort((a, b) => a - b));
  for (const [round, last] of handed.entries()) {
    const ofRound = all.filter((value) => Math.floor(value / 1_000_000) === round);
    expect(ofRound).toEqual(upTo(ofRound.length, round * 1_000_000));
    expect(ofRound.length).toBeGreaterThan(last);
  }
});
