import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { standStill } from "./stand-still.ts";

const busyThreads = `
const { Worker } = require("node:worker_threads");
const work = "setInterval(() => require('node:fs').writeSync(1, '.'), 0)";
for (let count = 0; count < 4; count++) new Worker(work, { eval: true });
`;

const stopped = ({ pid }: ChildProcess): readonly boolean[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8").includes("State:\tT"),
  );

test("a process of many threads stands still as a whole, and goes on afterwards", async () => {
  const child = spawn(process.execPath, ["-e", busyThreads], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for (let round = 0; round < 50; round++) {
      await once(child.stdout, "data");
      await standStill(child);
      expect(stopped(child)).not.toContain(false);
      child.kill("SIGCONT");
    }
  } finally {
    child.kill("SIGKILL");
  }
});
