// What the tests of a file share: one browser and one gateway, made before the first and ended after the last.

import { afterAll, beforeAll } from "vitest";
import { TestBrowser } from "./browser.ts";
import { Plant } from "./plant.ts";

export interface ConsoleContext {
  readonly browser: TestBrowser;
  readonly plant: Plant;
}

/** To be called once, at the top of a file. `flags` are those of the gateway. */
export function consoleContext(...flags: readonly string[]): ConsoleContext {
  let browser: TestBrowser | undefined;
  let plant: Plant | undefined;

  beforeAll(async () => {
    [browser, plant] = await Promise.all([TestBrowser.launch(), Plant.start(...flags)]);
    await plant.run();
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
