// A driver that misbehaves as its configuration says. Plain JavaScript, so that it starts fast.

import { createInterface } from "node:readline";

const report = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const status = (updates = 0) =>
  report({ type: "status", device: "connected", updates, bad: 0, dropped: 0, rssBytes: 1 });

const behaviours = {
  crash: () => {
    throw new Error("a defect");
  },
  refuse: () => {
    report({ type: "log", level: "error", message: "the file is not there" });
    process.exitCode = 2;
    process.stdin.destroy();
  },
  finish: () => {
    status(7);
    process.exitCode = 3;
    process.stdin.destroy();
  },
  /** Counts, then dies as a crash in native code would. */
  killed: () => {
    status(10);
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
  },
  /** Ends in order, as it does when it is told to, though nobody told it. */
  quit: () => {
    status();
    process.stdin.destroy();
  },
  counting: () => {
    let updates = 0;
    setInterval(() => status(++updates), 20);
  },
  silent: () => setInterval(() => {}, 1000),
  deaf: () => {
    process.on("SIGTERM", () => {});
    setInterval(status, 20);
  },
  garbage: () => {
    const line = "\u0000 not a report ".repeat(100);
    setInterval(() => process.stdout.write(`${line}\n{"type":"status","updates":-1}\n[]\nnull\n`), 1);
    setInterval(status, 20);
  },
  /** At a time that no date can be, and with what would clear a terminal. */
  lie: () => {
    process.stderr.write("\u001b[2Jwiped\n");
    report({ type: "log", level: "error", message: "\u001b]0;title\u0007" });
    const lies = { lastError: "\u001b[2Jwiped", rssBytes: 1, badTags: { count: 1, first: ["\u001b[2Jtag"] } };
    for (const badTags of [7, { count: -1, first: [] }, { count: 1 }, { count: 1, first: [1] }]) {
      report({ type: "status", device: "silent", updates: 0, bad: 0, dropped: 0, ...lies, badTags });
    }
    for (const lastErrorAtMs of [1e300, -1, 8_640_000_000_000_001, 1.5]) {
      report({ type: "status", device: "silent", updates: 0, bad: 0, dropped: 0, ...lies, lastErrorAtMs });
    }
    for (const session of [{ toString: 0 }, ["0123456789abcdef"], 7, null]) report({ type: "receipt", session });
    setInterval(() => {
      report({ type: "status", device: "connected", updates: 1, bad: 0, dropped: 0, ...lies, lastErrorAtMs: 1 });
    }, 20);
  },
  /** A line that never ends. */
  endless: () => {
    setInterval(() => process.stdout.write("x".repeat(100_000)), 1);
  },
  environment: () => {
    report({ type: "log", level: "info", message: JSON.stringify({ ...process.env, cwd: process.cwd() }) });
    setInterval(status, 20);
  },
  /** Starts a process of its own, which must not outlive it. */
  parent: async () => {
    const { spawn } = await import("node:child_process");
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    report({ type: "log", level: "info", message: String(child.pid) });
    setTimeout(() => process.exit(1), 50);
  },
};

createInterface({ input: process.stdin }).once("line", (line) => behaviours[JSON.parse(line).config.behaviour]());
