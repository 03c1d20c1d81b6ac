// What a page of the console that is open costs the gateway: its processor time at a steady 50,000 tags a second, with the
// page open and with no page, in one run.
//
//   closedCpuMsPerS    the gateway's processor time in a second, all threads, without a page, under load
//   noisePercent       by how much two neighbouring slices without a page differ, in the middle
//   overhead           how much more it is with the page open, as a share of closedCpuMsPerS: the median of the rounds, %,
//                      and between what it lies with a certainty of 95 %
//   controlPercent     the part of it that is the thread's which answers the API, and does nothing else: hardly any noise
//   calm               what the page costs at 500 tags a second, as a share of the time under load: what it asks of the
//                      data plane is the same, and what it is held against far less, and so the noise
//
// Why it is fair: a round is four slices, without, with, with and without the page, in one gateway under one load, so that
// what drifts is in both alike; pages take turns. What counts is the processor time of the gateway's threads, in which the
// browser has no part; that the browser takes turns with it on the same cores is a cost that stays in.

import { setTimeout as sleep } from "node:timers/promises";
import { type OpenPage, TestBrowser } from "@flowfusion/test/browser";
import { startSimulator, type ThreadsCpu } from "../e2e/children.ts";
import { type BenchGateway, flowName, startBenchGateway } from "../e2e/gateway.ts";
import { plantFlow } from "../flow/plant-flow.ts";
import { median, medianInterval, round2 } from "../measure.ts";

interface Load {
  /** Tags a second. */
  readonly rate: number;
  /** Of each page. */
  readonly rounds: number;
}

export interface ConsoleEffort {
  readonly load: Load;
  readonly calm: Load;
  readonly sliceMs: number;
  readonly warmUpMs: number;
}

export const consoleEffort: ConsoleEffort = {
  ...{ load: { rate: 50_000, rounds: 20 }, calm: { rate: 500, rounds: 10 } },
  ...{ sliceMs: 1_500, warmUpMs: 5_000 },
};

/** Behind /console, and what is there when it shows live figures. */
const pages = { flows: "/flows", gateway: "/gateway", live: `/flows/${flowName}` } as const;
type PageName = keyof typeof pages;
const pageNames = Object.keys(pages) as PageName[];
/** For the page's code to be read and its first figures to be shown, which happens once. */
const settleMs = 1_500;

export async function benchConsole({ load, calm, sliceMs, warmUpMs }: ConsoleEffort) {
  await using gateway = await startBenchGateway();
  await gateway.deploy(plantFlow());
  await using browser = await TestBrowser.launch();
  await using opened = await browser.open();
  const { page } = opened;
  await page.goto(`${gateway.process.url}/console/`);
  await page.getByLabel("Token", { exact: true }).fill(gateway.process.token);
  await page.keyboard.press("Enter");
  await page.getByRole("navigation").waitFor();
  await page.goto("about:blank");

  const measured = async ({ rate, rounds }: Load): Promise<Costs> => {
    const simulator = startSimulator(gateway.process.ingest, { rate });
    try {
      await sleep(warmUpMs);
      return await costsOf(gateway, page, rounds, sliceMs);
    } finally {
      simulator.stop();
      await simulator.summary;
    }
  };
  const loaded = await measured(load);
  const quiet = await measured(calm);
  const closedCpuMsPerS = median(loaded.closed.map(({ all }) => all));
  const percents = (added: readonly number[]) => {
    const [low, high] = medianInterval(added);
    const percentOf = (ms: number) => round2((ms / closedCpuMsPerS) * 100);
    return { percent: percentOf(median(added)), low: percentOf(low), high: percentOf(high) };
  };
  const figures = (name: PageName) => ({
    overhead: percents(loaded.added[name].map(({ all }) => all)),
    controlPercent: percents(loaded.added[name].map(({ control }) => control)).percent,
    calm: percents(quiet.added[name].map(({ all }) => all)),
  });
  const steps = loaded.closed.slice(1).map(({ all }, index) => Math.abs(all / loaded.closed[index]!.all - 1) * 100);
  return {
    bench: "console",
    ...{ load, calm, sliceMs },
    ...{ closedCpuMsPerS: round2(closedCpuMsPerS), noisePercent: round2(median(steps)) },
    ...{ flows: figures("flows"), gateway: figures("gateway"), live: figures("live") },
  };
}

/** Processor time in a second, ms. */
interface Costs {
  readonly closed: readonly ThreadsCpu[];
  /** With a page more than without, round by round. */
  readonly added: { readonly [name in PageName]: readonly ThreadsCpu[] };
}

async function costsOf(
  { process }: BenchGateway,
  page: OpenPage["page"],
  rounds: number,
  sliceMs: number,
): Promise<Costs> {
  const slice = async (): Promise<ThreadsCpu> => {
    const [before, startMs] = [process.threadsCpuMs(), performance.now()];
    await sleep(sliceMs);
    const [after, seconds] = [process.threadsCpuMs(), (performance.now() - startMs) / 1_000];
    return { all: (after.all - before.all) / seconds, control: (after.control - before.control) / seconds };
  };
  const closed: ThreadsCpu[] = [];
  const added: Record<PageName, ThreadsCpu[]> = { flows: [], gateway: [], live: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of pageNames) {
      const before = await slice();
      await page.goto(`${process.url}/console${pages[name]}`);
      if (name === "live") await page.getByRole("button", { name: "Live", exact: true }).click();
      await sleep(settleMs);
      const open = [await slice(), await slice()];
      await page.goto("about:blank");
      await sleep(settleMs);
      const without = [before, await slice()];
      closed.push(...without);
      const addedOf = (thread: keyof ThreadsCpu) => meanOf(open, thread) - meanOf(without, thread);
      added[name].push({ all: addedOf("all"), control: addedOf("control") });
    }
  }
  return { closed, added };
}

const meanOf = (slices: readonly ThreadsCpu[], thread: keyof ThreadsCpu): number =>
  slices.reduce((sum, one) => sum + one[thread], 0) / slices.length;
