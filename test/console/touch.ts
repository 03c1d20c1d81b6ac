// Fingers on the screen, as the browser reports them to a page.

import type { Locator } from "playwright-core";
import { boxOf } from "./box.ts";
import type { OpenPage } from "./browser.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

const steps = 8;
const between = (from: Point, to: Point, share: number): Point => ({
  x: from.x + (to.x - from.x) * share,
  y: from.y + (to.y - from.y) * share,
});

/** Puts a finger at the start of each way, moves all of them together, and lifts them. */
export async function swipe(
  { page, context }: Pick<OpenPage, "page" | "context">,
  ...ways: readonly (readonly [from: Point, to: Point])[]
): Promise<void> {
  const cdp = await context.newCDPSession(page);
  const at = (share: number) => ways.map(([from, to], id) => ({ ...between(from, to, share), id }));
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(0) });
  for (let step = 1; step <= steps; step++) {
    await cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(step / steps) });
  }
  await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await cdp.detach();
}

export async function middleOf(element: Locator): Promise<Point> {
  const box = await boxOf(element);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
