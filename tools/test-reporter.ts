// A vitest reporter that counts: tests passed and failed, skipped ones without a reason, and errors outside any test. It
// writes the counts where FLOWFUSION_TEST_COUNTS says, for tools/test.ts to read.

import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";

export interface TestCounts {
  passed: number;
  failed: number;
  /** Tests that were skipped and gave a reason by `context.skip(reason)`. */
  skipped: { name: string; reason: string }[];
  /** What makes the run fail although no test of that name failed. */
  problems: string[];
}

export default class CountingReporter implements Reporter {
  private readonly counts: TestCounts = { passed: 0, failed: 0, skipped: [], problems: [] };

  onTestCaseResult(testCase: TestCase): void {
    const result = testCase.result();
    if (result.state === "passed") this.counts.passed += 1;
    else if (result.state === "failed") this.counts.failed += 1;
    else if (result.state === "skipped") this.noteSkipped(testCase, result.note);
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly { message: string }[]): void {
    for (const module of modules) {
      for (const error of module.errors()) this.counts.problems.push(`${module.relativeModuleId}: ${error.message}`);
    }
    for (const error of errors) this.counts.problems.push(`outside any test: ${error.message}`);
    const path = process.env.FLOWFUSION_TEST_COUNTS;
    if (path !== undefined) writeFileSync(path, JSON.stringify(this.counts));
  }

  private noteSkipped(testCase: TestCase, reason: string | undefined): void {
    const name = `${testCase.module.relativeModuleId}: ${testCase.fullName}`;
    if (reason === undefined) this.counts.problems.push(`${name} was skipped without a reason`);
    else this.counts.skipped.push({ name, reason });
  }
}
