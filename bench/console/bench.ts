// What a page of the console that is open costs the gateway: its processor time at a steady 50,000 tags a second, with the
// page open and with no page, in one run.
//
//   closedCpuMsPerS   the gateway's processor time in a second, all threads, without a page
//   openCpuMsPerS     the same with the page open in a browser
//   overheadPercent   how much more that is than in the phases without a page before and after it; the median of the rounds
//
// Why it is fair: phases with and without the page take turns, in one gateway under one load, so that a machine that is busy
// for a while is busy for both; what counts is the processor time of the gateway's process, in which the browser has no part.

import { setTimeout as sleep } from "node:timers/promises";
import { TestBrowser } from "@flowfusion/test/browser";
import { startSimulator } from "../e2e/children.ts";
import { startBenchGateway } from "../e2e/gateway.ts";
import { plantFlow } from "../flow/plant-flow.ts";
import { median, round2 } from "../measure.ts";

export interface ConsoleEffort {
  readonly rate: number;
  readonly rounds: number;
  readonly phaseMs: number;
  readonly warmUpMs: number;
}

export const consoleEffort: ConsoleEffort = { rate: 50_000, rounds: 6, phaseMs: 5_000, warmUpMs: 3_000 };

/** Behind /console, and what is there when it shows live figures. */
const pages = { flows: "/flows", gateway: "/gateway" } as const;
type PageName = keyof typeof pages;
/** For the page's code to be read and its first figures to be shown, which happens once. */
const settleMs = 2_000;

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
    const open: Record<PageName, number[]> = { flows: [], gateway: [] };
    const overhead: Record<PageName, number[]> = { flows: [], gateway: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [name, path] of Object.entries(pages) as [PageName, string][]) {
        await page.goto(`${gateway.process.url}/console${path}`);
        await sleep(settleMs);
        const cost = await cpuMsPerS();
        await page.goto("about:blank");
        const [before, after] = [closed.at(-1)!, await cpuMsPerS()];
        closed.push(after);
        open[name].push(cost);
        overhead[name].push((cost / ((before + after) / 2) - 1) * 100);
      }
    }
    const costOf = (name: PageName) => ({
      openCpuMsPerS: round2(median(open[name])),
      overheadPercent: round2(median(overhead[name])),
    });
    return {
      bench: "console",
      rate,
      rounds,
      phaseMs,
      closedCpuMsPerS: round2(median(closed)),
      flows: costOf("flows"),
      gateway: costOf("gateway"),
    };
  } finally {
    simulator.stop();
    await simulator.summary;
  }
}
