// What a page of the console that is open costs the gateway: its processor time at a steady 50,000 tags a second, with the
// page open and without, in one run.
//
//   closedCpuMsPerS    the gateway's processor time in a second, all threads, without a page
//   noisePercent       by how much two neighbouring slices without a page differ, in the middle
//   page, of all threads and of the one that answers the API, which has hardly any noise:
//     msPerS           how much more it is with the page open; a tenth of it is percent of one core
//     percent          the same as a share of closedCpuMsPerS
//     low, high        between what that percentage lies with a certainty of 95 %
//   calm               the page of a flow that is watched, at 500 tags a second, in percent of the time under load: what it
//                      asks of the data plane is as much, and what it is held against is far less, and so the noise
//
// Why it is fair: a round is four slices, without, with, with and without the page, in one gateway under one load, so that
// what drifts is in both alike. A page is opened once and then shown and hidden, as by who turns to another tab; hidden it
// asks for nothing. What counts is the processor time of the gateway's threads from the scheduler, to a nanosecond, in which
// the browser has no part; that the browser takes turns with it on the same cores is a cost that stays in.

import { setTimeout as sleep } from "node:timers/promises";
import { type OpenPage, TestBrowser } from "@flowfusion/test/browser";
import { startSimulator, type ThreadsCpu } from "../e2e/children.ts";
import { type BenchGateway, flowName, startBenchGateway } from "../e2e/gateway.ts";
import { plantFlow } from "../flow/plant-flow.ts";
import { median, medianInterval, round2 } from "../measure.ts";

/** Behind /console, and what is there when it shows live figures. */
const pages = { live: `/flows/${flowName}`, flows: "/flows", gateway: "/gateway" } as const;
type PageName = keyof typeof pages;

export interface ConsoleEffort {
  /** Tags a second. */
  readonly rate: number;
  readonly calmRate: number;
  readonly rounds: Readonly<Record<PageName | "calm", number>>;
  readonly sliceMs: number;
  readonly warmUpMs: number;
}

export const consoleEffort: ConsoleEffort = {
  ...{ rate: 50_000, calmRate: 500 },
  rounds: { live: 8, flows: 3, gateway: 3, calm: 5 },
  // As long as the pages wait between two reads of what they do not follow, so that each slice has one of them.
  sliceMs: 2_500,
  warmUpMs: 6_000,
};

/** For the page's first figures to be shown, and for the gateway to make no more of them. */
const settleMs = { opened: 1_500, shown: 400, hidden: 100 } as const;

export async function benchConsole({ rate, calmRate, rounds, sliceMs, warmUpMs }: ConsoleEffort) {
  await using gateway = await startBenchGateway();
  await gateway.deploy(plantFlow());
  await using browser = await TestBrowser.launch();
  await using opened = await browser.open();
  await signIn(gateway, opened.page);
  const costs = (name: PageName, count: number) => costsOf(gateway, opened.page, name, count, sliceMs);
  const loaded = await beside(gateway, rate, warmUpMs, async () => ({
    live: await costs("live", rounds.live),
    flows: await costs("flows", rounds.flows),
    gateway: await costs("gateway", rounds.gateway),
  }));
  const calm = await beside(gateway, calmRate, warmUpMs, () => costs("live", rounds.calm));
  const closed = Object.values(loaded).flatMap((one) => one.closed.map(({ all }) => all));
  const closedCpuMsPerS = median(closed);
  const steps = closed.slice(1).map((all, index) => Math.abs(all / closed[index]! - 1) * 100);
  const figures = ({ added }: Costs) => ({
    all: figureOf(added.map(({ all }) => all)),
    control: figureOf(added.map(({ control }) => control)),
  });
  const figureOf = (added: readonly number[]) => {
    const [low, high] = medianInterval(added);
    const percentOf = (ms: number) => round2((ms / closedCpuMsPerS) * 100);
    return {
      ...{ msPerS: round2(median(added)), percent: percentOf(median(added)) },
      ...{ low: percentOf(low), high: percentOf(high) },
    };
  };
  return {
    bench: "console",
    ...{ rate, calmRate, rounds, sliceMs },
    ...{ closedCpuMsPerS: round2(closedCpuMsPerS), noisePercent: round2(median(steps)) },
    ...{ live: figures(loaded.live), flows: figures(loaded.flows), gateway: figures(loaded.gateway) },
    calm: figures(calm),
  };
}

async function beside<T>({ process }: BenchGateway, rate: number, warmUpMs: number, run: () => Promise<T>): Promise<T> {
  const simulator = startSimulator(process.ingest, { rate });
  try {
    await sleep(warmUpMs);
    return await run();
  } finally {
    simulator.stop();
    await simulator.summary;
  }
}

async function signIn({ process }: BenchGateway, page: OpenPage["page"]): Promise<void> {
  await page.addInitScript(hideable);
  await page.goto(`${process.url}/console/`);
  await page.getByLabel("Token", { exact: true }).fill(process.token);
  await page.keyboard.press("Enter");
  await page.getByRole("navigation").waitFor();
}

/** A browser without a screen shows all its tabs. */
const hideable = `(() => {
  let state = "visible";
  Object.defineProperty(document, "visibilityState", { get: () => state });
  globalThis.turn = (to) => {
    state = to;
    document.dispatchEvent(new Event("visibilitychange"));
  };
})()`;

/** Processor time in a second, ms. */
interface Costs {
  readonly closed: readonly ThreadsCpu[];
  /** With the page more than without, round by round. */
  readonly added: readonly ThreadsCpu[];
}

async function costsOf(
  { process }: BenchGateway,
  page: OpenPage["page"],
  name: PageName,
  rounds: number,
  sliceMs: number,
): Promise<Costs> {
  const slice = async (): Promise<ThreadsCpu> => {
    const [before, startMs] = [process.threadsCpuMs(), performance.now()];
    await sleep(sliceMs);
    const [after, seconds] = [process.threadsCpuMs(), (performance.now() - startMs) / 1_000];
    return { all: (after.all - before.all) / seconds, control: (after.control - before.control) / seconds };
  };
  const turn = async (to: "shown" | "hidden"): Promise<void> => {
    await page.evaluate(`turn(${JSON.stringify(to === "shown" ? "visible" : "hidden")})`);
    await sleep(settleMs[to]);
  };
  await page.goto(`${process.url}/console${pages[name]}`);
  if (name === "live") await page.getByRole("button", { name: "Live", exact: true }).click();
  await sleep(settleMs.opened);
  await turn("hidden");
  const closed: ThreadsCpu[] = [];
  const added: ThreadsCpu[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await slice();
    await turn("shown");
    const open = [await slice(), await slice()];
    await turn("hidden");
    const without = [before, await slice()];
    closed.push(...without);
    const addedOf = (thread: keyof ThreadsCpu) => meanOf(open, thread) - meanOf(without, thread);
    added.push({ all: addedOf("all"), control: addedOf("control") });
  }
  return { closed, added };
}

const meanOf = (slices: readonly ThreadsCpu[], thread: keyof ThreadsCpu): number =>
  slices.reduce((sum, one) => sum + one[thread], 0) / slices.length;
