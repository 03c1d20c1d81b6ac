// Supervision of real processes that misbehave in every way that there is a rule for.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defaultSupervision, SupervisedDriver, type SupervisionPolicy } from "./supervised-driver.ts";

const program = new URL("./testkit/misbehaving.mjs", import.meta.url);
/** As few as may be count as hung: a process may take long to start. */
const quick: SupervisionPolicy = {
  hungMs: 60_000,
  stopMs: 500,
  stableMs: 60_000,
  backoff: { firstMs: 10, mostMs: 40 },
};

let folder: string;
const drivers: SupervisedDriver[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "ff-driver-")));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(drivers.splice(0).map((driver) => driver.stop()));
  rmSync(folder, { recursive: true });
});

function supervise(behaviour: string, policy: Partial<SupervisionPolicy> = {}): SupervisedDriver {
  const place = { name: "it", push: "tcp://127.0.0.1:1", folder, recordings: folder };
  const start = { ...place, config: { behaviour }, secrets: { password: "hunter2" } };
  const driver = new SupervisedDriver({
    program,
    start,
    policy: { ...quick, ...policy },
    onLog: () => {},
    receipt: async () => 0,
  });
  drivers.push(driver);
  return driver;
}

const messages = (driver: SupervisedDriver) => driver.logs.map(({ message }) => message);
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a driver that ends", () => {
  test("in a crash is started again, after growing pauses, and the reason is kept", async () => {
    const driver = supervise("crash");
    await eventually(() => expect(driver.snapshot().restarts).toBeGreaterThanOrEqual(3));
    await eventually(() => expect(driver.snapshot().state).toBe("backing_off"));
    expect(driver.snapshot().reason).toBe("ended with exit code 1: Error: a defect");
    expect(messages(driver).join("\n")).toContain("Error: a defect");
    const pauses = messages(driver)
      .flatMap((line) => / started again in (\d+) ms/.exec(line)?.[1] ?? [])
      .map(Number);
    expect(pauses.slice(0, 3)).toEqual([
      expect.toSatisfy((ms) => ms >= 5 && ms <= 10),
      expect.toSatisfy((ms) => ms >= 10 && ms <= 20),
      expect.toSatisfy((ms) => ms >= 20 && ms <= 40),
    ]);
  });

  test("after it ran for long is started again soon, also where the clock was put back meanwhile", async () => {
    let clockMs = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => (clockMs -= 3_600_000));
    const driver = supervise("crash", { stableMs: 0 });
    await eventually(() => expect(driver.snapshot().restarts).toBeGreaterThanOrEqual(4));
    const pauses = messages(driver).flatMap((line) => / started again in (\d+) ms/.exec(line)?.[1] ?? []);
    for (const pause of pauses) expect(Number(pause)).toBeLessThanOrEqual(quick.backoff.firstMs);
  });

  test("by a signal is started again, and its counters go on", async () => {
    const driver = supervise("killed");
    await eventually(() => expect(driver.snapshot().restarts).toBeGreaterThanOrEqual(2));
    expect(driver.snapshot().updates).toBeGreaterThanOrEqual(20);
    expect(messages(driver)).toContainEqual(expect.stringMatching(/^was ended by SIGKILL; started again/));
  });

  test("because it cannot work as configured is not started again, and says why", async () => {
    const driver = supervise("refuse");
    await eventually(() =>
      expect(driver.snapshot()).toMatchObject({ state: "failed", reason: "the file is not there" }),
    );
    expect(driver.snapshot()).toMatchObject({ restarts: 0 });
    expect(driver.snapshot().pid).toBeUndefined();
  });

  test("because it has no more to send is finished", async () => {
    const driver = supervise("finish");
    await eventually(() => expect(driver.snapshot()).toMatchObject({ state: "finished", updates: 7, restarts: 0 }));
  });

  test("in order, though not by the gateway, is started again", async () => {
    const driver = supervise("quit");
    await eventually(() => expect(driver.snapshot().restarts).toBeGreaterThanOrEqual(2));
    expect(messages(driver)).toContainEqual(
      expect.stringMatching(/^was stopped, not by the gateway; started again in \d+ ms/),
    );
  });

  test("takes with it what it had started", async () => {
    const driver = supervise("parent", { backoff: { firstMs: 60_000, mostMs: 60_000 } });
    await eventually(() => expect(driver.snapshot().state).toBe("backing_off"));
    const pid = Number(messages(driver)[0]);
    await eventually(() => expect(isAlive(pid)).toBe(false));
  });
});

describe("a driver that does not behave", () => {
  test("and says nothing is killed and started again", async () => {
    const driver = supervise("silent", { hungMs: 400 });
    await eventually(() => expect(driver.snapshot().restarts).toBeGreaterThanOrEqual(1));
    expect(messages(driver)).toContainEqual(
      expect.stringMatching(/^said nothing for 400 ms and was killed; started again/),
    );
  });

  test("and does not stop is killed", async () => {
    const driver = supervise("deaf");
    await eventually(() => expect(driver.snapshot().state).toBe("running"));
    const { pid } = driver.snapshot();
    await driver.stop();
    expect(driver.snapshot().state).toBe("stopped");
    expect(isAlive(pid!)).toBe(false);
  });

  test("and prints garbage is believed none of it, and fills no memory with it", async () => {
    const driver = supervise("garbage");
    await eventually(() => expect(messages(driver)).toContainEqual(expect.stringMatching(/^\d+ lines were left out$/)));
    await eventually(() => expect(driver.snapshot()).toMatchObject({ state: "running", updates: 0 }));
    expect(driver.logs.length).toBeLessThanOrEqual(200);
  });

  test("and lies of when, or says what would steer a terminal, misleads nobody", async () => {
    const driver = supervise("lie");
    await eventually(() => expect(driver.snapshot().device).toBe("connected"));
    expect(driver.snapshot()).toMatchObject({
      ...{ lastError: "\\x1b[2Jwiped", lastErrorAtMs: 1, badTags: { count: 1, first: ["\\x1b[2Jtag"] } },
    });
    await eventually(() =>
      expect(messages(driver)).toEqual(expect.arrayContaining(["\\x1b[2Jwiped", "\\x1b]0;title\\x07"])),
    );
    expect(messages(driver).filter((line) => line.startsWith('{"type":"status"'))).toHaveLength(8);
    expect(messages(driver).filter((line) => line.startsWith('{"type":"receipt"'))).toHaveLength(4);
  });

  test("and prints a line without end fills no memory with it either", async () => {
    const driver = supervise("endless");
    await eventually(() => expect(messages(driver)).toContainEqual(expect.stringMatching(/^\d+ lines were left out$/)));
    expect(Math.max(...messages(driver).map((line) => line.length))).toBeLessThanOrEqual(8 * 1024);
    expect(driver.snapshot().state).toBe("starting");
  });
});

test("a driver that stood still together with its gateway, as the whole machine did, is not taken for hung", async () => {
  const driver = supervise("counting", { hungMs: 4_000 });
  await eventually(() => expect(driver.snapshot().state).toBe("running"));
  const { pid } = driver.snapshot();
  process.kill(pid!, "SIGSTOP");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_500);
  // The gateway may be the first that goes on.
  await sleep(100);
  const { updates } = driver.snapshot();
  process.kill(pid!, "SIGCONT");
  await eventually(() => expect(driver.snapshot().updates).toBeGreaterThan(updates));
  expect(driver.snapshot()).toMatchObject({ pid, restarts: 0 });
});

describe("a driver's process", () => {
  test("knows its folder, and nothing of the gateway's environment that is not for it", async () => {
    process.env.FLOWFUSION_TOKEN = "planted-token";
    try {
      const driver = supervise("environment");
      await eventually(() => expect(driver.logs.length).toBeGreaterThan(0));
      const seen = JSON.parse(messages(driver)[0]!) as Record<string, string>;
      expect([seen.cwd, seen.HOME]).toEqual([folder, folder]);
      expect(seen.PATH).toBe(process.env.PATH);
      expect(JSON.stringify(seen)).not.toMatch(/planted-token|hunter2|VITEST/);
    } finally {
      delete process.env.FLOWFUSION_TOKEN;
    }
  });

  test.each([
    ["missing", "ENOENT"],
    ["a file", "ENOTDIR"],
  ])("that cannot be started at all, as its folder is %s, counts as one that crashed", async (name, why) => {
    writeFileSync(join(folder, "a file"), "");
    const place = { name: "it", push: "tcp://127.0.0.1:1", folder: join(folder, name), recordings: folder };
    const start = { ...place, config: {}, secrets: {} };
    const driver = new SupervisedDriver({ program, start, policy: quick, onLog: () => {}, receipt: async () => 0 });
    drivers.push(driver);
    await eventually(() =>
      expect(driver.snapshot()).toMatchObject({
        state: "backing_off",
        reason: expect.stringMatching(new RegExp(`^cannot be started: .*${why}`)),
      }),
    );
    await eventually(() => expect(driver.snapshot().restarts).toBeGreaterThanOrEqual(2));
  });

  test("is given up to 30 s between starts, and a minute to count as stable", () => {
    expect(defaultSupervision).toMatchObject({ backoff: { firstMs: 500, mostMs: 30_000 }, stableMs: 60_000 });
  });
});
