import type { Locator } from "playwright-core";
import { expect } from "vitest";

type Box = NonNullable<Awaited<ReturnType<Locator["boundingBox"]>>>;

/** Where an element is. It has no place in the moment in which the page puts another in its stead: then where that one is. */
export async function boxOf(element: Locator): Promise<Box> {
  let box: Box | null = null;
  await expect.poll(async () => (box = await element.boundingBox())).not.toBeNull();
  return box!;
}
