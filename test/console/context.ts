// What the tests of a file share: one browser and one gateway, made before the first and ended after the last.

import { afterAll, beforeAll } from "vitest";
import { TestBrowser } from "./browser.ts";
import { Plant } from "./plant.ts";

export interface ConsoleContext {
  readonly browser: TestBrowser;
  readonly plant: Plant;
}

interface ContextOptions {
  /** Of the gateway. */
  readonly flags?: readonly string[];
  /** What there is before the first test; a plant at work when absent. */
  readonly prepare?: (plant: Plant) => Promise<void>;
}

/** To be called once, at the top of a file. */
export function consoleContext({ flags = [], prepare = (plant) => plant.run() }: ContextOptions = {}): ConsoleContext {
  let browser: TestBrowser | undefined;
  let plant: Plant | undefined;

  beforeAll(async () => {
    [browser, plant] = await Promise.all([TestBrowser.launch(), Plant.start(...flags)]);
    await prepare(plant);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await plant?.[Symbol.asyncDispose]();
  });

  return {
    get browser() {
      return browser!;
    },
    get plant() {
      return plant!;
    },
  };
}
