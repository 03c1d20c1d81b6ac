// A real browser, Debian's Chromium, without a screen. A page that breaks the gateway's Content-Security-Policy, throws, or
// writes an error to its console fails the test that opened it.

import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** What does not come in this time does not come, however slow the machine is. */
const waitMsMax = 120_000;
const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/**
 * Of Chromium's features, what no test sees. The first two are the suggestions under the address bar: pages of their own that it
 * makes for each window, at a second of CPU. The rest is what Playwright leaves out itself, since of two such lists the last counts.
 */
const featuresLeftOut = [
  ...["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"],
  ...["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"],
  ...[
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
  ],
  ...["AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"],
  "PreconnectToSearch",
];

export type Theme = "light" | "dark";

export interface Screen {
  readonly width: number;
  readonly height: number;
}

export const desk: Screen = { width: 1440, height: 900 };
export const tablet: Screen = { width: 1024, height: 768 };
export const uprightTablet: Screen = { width: 768, height: 1024 };
export const phone: Screen = { width: 390, height: 844 };

export interface BrowserOptions {
  readonly theme?: Theme;
  readonly screen?: Screen;
  /** The system's own colours in place of the page's, as a high contrast has them. */
  readonly hasForcedColors?: boolean;
  /** A screen that is touched. */
  readonly hasTouch?: boolean;
  /** Of any certificate. */
  readonly isTrusting?: boolean;
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained of so far. */
  readonly complaints: readonly string[];
}

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const executablePath = process.env.FLOWFUSION_CHROMIUM ?? programs.find((path) => existsSync(path));
    if (executablePath === undefined)
      throw new Error(`Chromium is in none of ${programs.join(", ")}; see tools/peers.ts`);
    // A container's user is root, for whom Chromium has no sandbox; the only pages are the gateway's own.
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const args = [...sandbox, `--disable-features=${featuresLeftOut.join(",")}`];
    return new TestBrowser(await chromium.launch({ executablePath, args }));
  }

  async open(options: BrowserOptions = {}): Promise<OpenPage> {
    const context = await this.#browser.newContext({
      viewport: options.screen ?? desk,
      colorScheme: options.theme ?? "light",
      locale: "en-GB",
      timezoneId: "UTC",
      reducedMotion: "reduce",
      forcedColors: options.hasForcedColors ? "active" : "none",
      hasTouch: options.hasTouch ?? false,
      ignoreHTTPSErrors: options.isTrusting ?? false,
    });
    context.setDefaultTimeout(waitMsMax);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      // That a call was refused is told by the page; the browser tells it as well.
      const isOfCall = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isOfCall) complaints.push(message.text());
    });
    return { page, context, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
