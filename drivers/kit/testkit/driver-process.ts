// A driver as its supervisor runs it: the kind's program as a process, with its reports read.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DriverKind, Secrets } from "../kind.ts";
import type { DriverLog, DriverReport, DriverStatus } from "../protocol.ts";

export interface TestDriver extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly logs: readonly DriverLog[];
  /** What went to standard error. */
  readonly errors: readonly string[];
  /** A folder of its own, kept when it is given. */
  readonly folder: string;
  readonly exitCode: Promise<number | null>;
  /** The newest status. */
  status(): DriverStatus | undefined;
  /** As a supervisor stops it; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface TestDriverOptions {
  readonly kind: Pick<DriverKind, "program">;
  readonly push: string;
  readonly config: unknown;
  readonly secrets?: Secrets;
  readonly name?: string;
  readonly folder?: string;
  readonly recordings?: string;
  readonly outbound?: readonly string[];
  /** What it is told of the batches of a session; without it, that all are handled. */
  readonly handled?: (session: string) => number;
}

export function startDriver(options: TestDriverOptions): TestDriver {
  const { kind, push, config, outbound, secrets = {}, name = "it" } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "ff-driver-"));
  const child = spawn(process.execPath, ["--disable-warning=DeprecationWarning", kind.program.pathname], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const logs: DriverLog[] = [];
  const errors: string[] = [];
  let status: DriverStatus | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const report = JSON.parse(line) as DriverReport;
    if (report.type === "log") logs.push(report);
    else if (report.type === "receipt")
      child.stdin.write(
        `${JSON.stringify({ type: "receipt", last: options.handled?.(report.session) ?? Number.MAX_SAFE_INTEGER })}\n`,
      );
    else status = report;
  });
  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  child.stdin.on("error", () => {});
  const recordings = options.recordings ?? folder;
  child.stdin.write(`${JSON.stringify({ name, push, folder, recordings, config, secrets, outbound })}\n`);
  const exitCode = new Promise<number | null>((resolve) => child.once("close", resolve));
  const stop = () => {
    child.kill("SIGTERM");
    return exitCode;
  };
  return {
    ...{ child, logs, errors, folder, exitCode, stop },
    status: () => status,
    async [Symbol.asyncDispose]() {
      child.kill("SIGCONT");
      await stop();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
