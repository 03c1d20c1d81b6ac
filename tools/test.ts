// `npm test`: the checks, then every test. The last line is `N passed, N failed`; checks count as tests. A run without
// tests, an error outside a test, and a test skipped without a reason are failures too.
//
//   npm test [-- vitest arguments]      npm run test:long: more graphs, longer runs (FLOWFUSION_TEST_LONG=1)

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runChecks } from "./check.ts";
import type { TestCounts } from "./test-reporter.ts";

const root = dirname(import.meta.dirname);
const lingeringMsMax = 30_000;
/** Stands for a vitest that was ended after its report. */
const endedExitCode = -1;

async function main(): Promise<void> {
  const args = process.argv.slice(2).filter((argument) => argument !== "--long");
  const isLong = args.length < process.argv.length - 2;
  const checks = await runChecks();
  const tests = await runVitest(args, isLong);

  for (const { name, reason } of tests.skipped) console.log(`skipped: ${name}: ${reason}`);
  for (const problem of tests.problems) console.log(`failed: ${problem}`);
  const failed = checks.failed + tests.failed + tests.problems.length;
  console.log(`${checks.passed + tests.passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function runVitest(args: readonly string[], isLong: boolean): Promise<TestCounts> {
  const scratch = mkdtempSync(join(tmpdir(), "flowfusion-test-"));
  const countsPath = join(scratch, "counts.json");
  const reporters = ["default", join(import.meta.dirname, "test-reporter.ts")];
  try {
    const vitest = spawn(
      join(root, "node_modules", ".bin", "vitest"),
      ["run", ...reporters.map((reporter) => `--reporter=${reporter}`), ...args],
      {
        cwd: root,
        stdio: ["ignore", "inherit", "inherit"],
        env: { ...process.env, FLOWFUSION_TEST_COUNTS: countsPath, FLOWFUSION_TEST_LONG: isLong ? "1" : "" },
      },
    );
    const lingering = killLingering(vitest, countsPath);
    const exitCode = await new Promise<number>((resolve, reject) => {
      vitest.once("error", reject);
      vitest.once("exit", (code, signal) => resolve(signal === "SIGKILL" ? endedExitCode : (code ?? 1)));
    });
    clearInterval(lingering);
    return countsOf(countsPath, exitCode);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A test that failed may leave something open that keeps vitest from ending; the report is complete by then. */
function killLingering(vitest: ChildProcess, countsPath: string): NodeJS.Timeout {
  let reportedAtMs: number | undefined;
  return setInterval(() => {
    if (!existsSync(countsPath)) return;
    reportedAtMs ??= performance.now();
    if (performance.now() - reportedAtMs < lingeringMsMax) return;
    console.log(`vitest did not end within ${lingeringMsMax / 1000} s of its report, and was ended.`);
    vitest.kill("SIGKILL");
  }, 1_000);
}

function countsOf(path: string, exitCode: number): TestCounts {
  if (!existsSync(path)) {
    return { passed: 0, failed: 0, skipped: [], problems: [`vitest ended with exit code ${exitCode} and no report`] };
  }
  const counts: TestCounts = JSON.parse(readFileSync(path, "utf8"));
  if (counts.passed + counts.failed === 0) counts.problems.push("no test ran");
  const wasEnded = exitCode === endedExitCode;
  if (exitCode !== 0 && !wasEnded && counts.failed + counts.problems.length === 0) {
    counts.problems.push(`vitest ended with exit code ${exitCode}`);
  }
  return counts;
}

await main();
