import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";
import { cliBundle } from "./cli/bundle.ts";

// What tests start writes into pipes, and no colours into them, also where those who run the tests want to see some.
delete process.env.FORCE_COLOR;

/**
 * Threads and processes that a gateway in a test starts are those of the command line's bundle, as users have them: from the
 * sources each would load the type stripper and hundreds of files, at twice to three times the processor time. The bundle is
 * made anew before the tests where a source has changed.
 */
const bundledThreads: Plugin = {
  name: "bundled-threads",
  enforce: "pre",
  transform(code, id) {
    const thread = cliBundle.threads?.[relative(import.meta.dirname, id)];
    if (thread === undefined) return undefined;
    const place = pathToFileURL(resolve(import.meta.dirname, "cli/dist", `${thread.entry}.mjs`));
    return code.replace(JSON.stringify(thread.source), JSON.stringify(place.href));
  },
};

export default defineConfig({
  plugins: [bundledThreads],
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/.flowfusion/**"],
    globalSetup: "tools/before-tests.ts",
    // A test that asserts nothing proves nothing.
    // What is waited for comes when it comes on a machine that is slow for a while: these end tests that hang, and tell nothing
    // of speed. `eventually` waits less long than a test may take, so that it is the one to say what did not come.
    expect: { requireAssertions: true, poll: { timeout: 90_000 } },
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
  },
});
