// How smooth the editor's canvas is while a node is dragged over a flow of 300 nodes and 400 wires, against a canvas with
// nothing but the node that is dragged.
//
//   framesPerS      frames that the browser drew in a second while the pointer moved
//   frameP95Ms      the longest of 20 frames
//   mainMsPerFrame  what the page's main thread worked for a frame: script, style and layout
//   ratio           framesPerS of the large canvas as a share of the almost empty one's
//
// Why it is fair: both canvases take turns in one browser, drag after drag, by the same path of the pointer. A browser without a
// graphics card paints on the processor, so that the ratio tells more than the frames, and mainMsPerFrame more than both.

import { setTimeout as sleep } from "node:timers/promises";
import { type OpenPage, TestBrowser } from "@flowfusion/test/browser";
import { startBenchGateway } from "../e2e/gateway.ts";
import { median, percentile, ratio, round2 } from "../measure.ts";
import { type DrawnDraft, largeDraft, smallDraft } from "./graph.ts";

export interface CanvasEffort {
  readonly rounds: number;
  readonly moves: number;
}

export const canvasEffort: CanvasEffort = { rounds: 6, moves: 120 };

interface Drag {
  readonly framesPerS: number;
  readonly frameP95Ms: number;
  readonly mainMsPerFrame: number;
}

const radiusPx = 90;
const settleMs = 500;

export async function benchCanvas({ rounds, moves }: CanvasEffort) {
  await using gateway = await startBenchGateway();
  await using browser = await TestBrowser.launch();
  const openDraft = async (draft: DrawnDraft): Promise<OpenPage> => {
    const opened = await browser.open();
    const { page } = opened;
    await page.goto(`${gateway.process.url}/console/`);
    await page.getByLabel("Token", { exact: true }).fill(gateway.process.token);
    await page.keyboard.press("Enter");
    await page.getByRole("navigation").waitFor();
    await page.evaluate(`localStorage.setItem("flowfusion.draft.large", ${JSON.stringify(JSON.stringify(draft))})`);
    await page.goto(`${gateway.process.url}/console/flows/large`);
    await page.locator(".svelte-flow__node").first().waitFor();
    await sleep(settleMs);
    return opened;
  };
  await using empty = await openDraft(smallDraft());
  await using whole = await openDraft(largeDraft());
  await using near = await openDraft(largeDraft());
  // At 100 %, as one works: most nodes are out of sight.
  await near.page.locator(".svelte-flow__node").first().click();
  for (let step = 0; step < 12; step++) await near.page.keyboard.press("+");
  await sleep(settleMs);

  const pages = { empty, whole, near } as const;
  const drags: Record<keyof typeof pages, Drag[]> = { empty: [], whole: [], near: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(pages) as (keyof typeof pages)[]) drags[name].push(await drag(pages[name], moves));
  }
  const figures = (name: keyof typeof pages) => {
    const of = (key: keyof Drag) => round2(median(drags[name].map((one) => one[key])));
    const framesPerS = of("framesPerS");
    return {
      framesPerS,
      frameP95Ms: of("frameP95Ms"),
      mainMsPerFrame: of("mainMsPerFrame"),
      ratio: ratio(framesPerS, median(drags.empty.map((one) => one.framesPerS))),
    };
  };
  const { nodes, wires } = largeDraft().graph;
  return {
    bench: "canvas",
    ...{ nodes: Object.keys(nodes).length, wires: Object.keys(wires).length, rounds, moves },
    ...{ empty: figures("empty"), whole: figures("whole"), near: figures("near") },
  };
}

async function drag({ page, context }: OpenPage, moves: number): Promise<Drag> {
  await page.bringToFront();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable");
  const taskMs = async (): Promise<number> => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1_000;
  };
  const at = await middleNode(page);
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.evaluate(recordFrames);
  const beforeMs = await taskMs();
  for (let move = 0; move < moves; move++) {
    const angle = (move / moves) * 2 * Math.PI;
    await page.mouse.move(at.x + Math.sin(angle) * radiusPx, at.y + (1 - Math.cos(angle)) * radiusPx);
  }
  const usedMs = (await taskMs()) - beforeMs;
  const frames = (await page.evaluate("globalThis.frameTimes.splice(0)")) as number[];
  await page.mouse.up();
  await cdp.detach();
  const lengths = frames.slice(1).map((time, index) => time - frames[index]!);
  const totalMs = lengths.reduce((sum, length) => sum + length, 0);
  return {
    framesPerS: (lengths.length / Math.max(totalMs, 1)) * 1_000,
    frameP95Ms: percentile(
      lengths.toSorted((a, b) => a - b),
      95,
    ),
    mainMsPerFrame: usedMs / Math.max(lengths.length, 1),
  };
}

const recordFrames = `(() => {
  globalThis.frameTimes = [];
  const draws = (time) => {
    globalThis.frameTimes.push(time);
    requestAnimationFrame(draws);
  };
  if (!globalThis.isRecordingFrames) requestAnimationFrame(draws);
  globalThis.isRecordingFrames = true;
})()`;

/** The head of the node that lies nearest to the middle of the canvas. */
async function middleNode(page: OpenPage["page"]): Promise<{ readonly x: number; readonly y: number }> {
  const found = await page.evaluate(`(() => {
    const area = document.querySelector("[data-canvas]").getBoundingClientRect();
    const middle = { x: area.left + area.width / 2, y: area.top + area.height / 2 };
    const boxes = [...document.querySelectorAll(".svelte-flow__node")].map((node) => node.getBoundingClientRect());
    const heads = boxes.map((box) => ({ x: box.left + box.width / 2, y: box.top + Math.min(box.height / 3, 14) }));
    const far = (point) => Math.hypot(point.x - middle.x, point.y - middle.y);
    return heads.sort((a, b) => far(a) - far(b))[0];
  })()`);
  return found as { x: number; y: number };
}
