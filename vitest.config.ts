import { defineConfig } from "vitest/config";

// What tests start writes into pipes, and no colours into them, also where those who run the tests want to see some.
delete process.env.FORCE_COLOR;

export default defineConfig({
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
