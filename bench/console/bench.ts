// What a page of the console that is open costs the gateway: its processor time at a steady 50,000 tags a second, with the
// page open and with no page, in one run.
//
//   closedCpuMsPerS   the gateway's processor time in a second, all threads, without a page
//   noisePercent      by how much two neighbouring slices without a page differ, in the middle: what is less means nothing
//   openCpuMsPerS     the same with the page open in a browser
//   overheadPercent   how much more that is than in the slices without a page before and after it; the median of the pairs
//   overheadP25, P75  half of the pairs lie between these
//
// Why it is fair: slices with and without the page take turns, in one gateway under one load, and each is held only against its
// two neighbours, so that a machine that is busy for a while is busy for both. What counts is the processor time of the gateway's
// process, in which the browser has no part; that the browser takes turns with it on the same cores is a cost that stays in.

import { setTimeout as sleep } from "node:timers/promises";
import { TestBrowser } from "@flowfusion/test/browser";
import { startSimulator } from "../e2e/children.ts";
import { flowName, startBenchGateway } from "../e2e/gateway.ts";
import { plantFlow } from "../flow/plant-flow.ts";
import { median, percentile, round2 } from "../measure.ts";

export interface ConsoleEffort {
  readonly rate: number;
  readonly rounds: number;
  readonly phaseMs: number;
  readonly warmUpMs: number;
}

export const consoleEffort: ConsoleEffort = { rate: 50_000, rounds: 10, phaseMs: 2_500, warmUpMs: 5_000 };

/** Behind /console, and what is there when it shows live figures. */
const pages = { flows: "/flows", gateway: "/gateway", live: `/flows/${flowName}` } as const;
type PageName = keyof typeof pages;
/** For the page's code to be read and its first figures to be shown, which happens once. */
const settleMs = 1_500;

export async function benchConsole({ rate, rounds, phaseMs, warmUpMs }: ConsoleEffort) {
  await using gateway = await startBenchGateway();
  await gateway.deploy(plantFlow());
  const simulator = startSimulator(gateway.process.ingest, { rate });
  try {
    await using browser = await TestBrowser.launch();
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${gateway.process.url}/console/`);
    await page.getByLabel("Token", { exact: true }).fill(gateway.process.token);
    await page.keyboard.press("Enter");
    await page.getByRole("navigation").waitFor();
    await page.goto("about:blank");
    await sleep(warmUpMs);

    const cpuMsPerS = async (): Promise<number> => {
      const [beforeMs, startMs] = [gateway.process.cpuMs(), performance.now()];
      await sleep(phaseMs);
      return ((gateway.process.cpuMs() - beforeMs) * 1_000) / (performance.now() - startMs);
    };
    const closed = [await cpuMsPerS()];
    const open: Record<PageName, number[]> = { flows: [], gateway: [], live: [] };
    const overhead: Record<PageName, number[]> = { flows: [], gateway: [], live: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [name, path] of Object.entries(pages) as [PageName, string][]) {
        await page.goto(`${gateway.process.url}/console${path}`);
        if (name === "live") await page.getByRole("button", { name: "Live", exact: true }).click();
        await sleep(settleMs);
        const cost = await cpuMsPerS();
        await page.goto("about:blank");
        await sleep(settleMs);
        const [before, after] = [closed.at(-1)!, await cpuMsPerS()];
        closed.push(after);
        open[name].push(cost);
        overhead[name].push((cost / ((before + after) / 2) - 1) * 100);
      }
    }
    const costOf = (name: PageName) => {
      const pairs = overhead[name].toSorted((a, b) => a - b);
      return {
        openCpuMsPerS: round2(median(open[name])),
        overheadPercent: round2(median(pairs)),
        overheadP25: round2(percentile(pairs, 25)),
        overheadP75: round2(percentile(pairs, 75)),
      };
    };
    const steps = closed.slice(1).map((now, index) => Math.abs(now / closed[index]! - 1) * 100);
    return {
      bench: "console",
      rate,
      rounds,
      phaseMs,
      closedCpuMsPerS: round2(median(closed)),
      noisePercent: round2(median(steps)),
      flows: costOf("flows"),
      gateway: costOf("gateway"),
      live: costOf("live"),
    };
  } finally {
    simulator.stop();
    await simulator.summary;
  }
}
