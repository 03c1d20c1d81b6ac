import { expect, test, vi } from "vitest";
import { StorageProbe } from "./storage-probe.ts";

function probeOf() {
  const disk = { isFull: false, writes: 0, nowMs: 0 };
  const attempt = async () => {
    disk.writes += 1;
    if (disk.isFull) throw new Error("no space");
  };
  return { disk, probe: new StorageProbe(attempt, () => disk.nowMs) };
}

test("who looks all the time has the disk written to now and then", async () => {
  const { disk, probe } = probeOf();
  for (; disk.nowMs < 60_000; disk.nowMs += 500) expect(await probe.lately()).toBeUndefined();
  expect(disk.writes).toBe(6);
});

test("a disk that fills up is told within seconds, and that it has room again", async () => {
  const { disk, probe } = probeOf();
  expect(await probe.lately()).toBeUndefined();
  disk.isFull = true;
  disk.nowMs += 10_000;
  expect(await probe.lately()).toBe("no space");
  disk.isFull = false;
  expect(await probe.lately()).toBe("no space");
  disk.nowMs += 10_000;
  expect(await probe.lately()).toBeUndefined();
});

test("who decides by it has it tried, and all others know it from then on", async () => {
  const { disk, probe } = probeOf();
  expect(await probe.lately()).toBeUndefined();
  disk.isFull = true;
  await expect(probe.now()).rejects.toThrow("no space");
  expect(await probe.lately()).toBe("no space");
  expect(disk.writes).toBe(2);
});

test("a disk that hangs takes no writes, and holds up nobody who looks", async () => {
  vi.useFakeTimers();
  try {
    const probe = new StorageProbe(() => new Promise(() => {}));
    const [first, second] = [probe.lately(), probe.lately()];
    await vi.advanceTimersByTimeAsync(2_000);
    expect([await first, await second]).toEqual(["no answer within 2000 ms", "no answer within 2000 ms"]);
  } finally {
    vi.useRealTimers();
  }
});

test("those who ask at once share one try", async () => {
  const { disk, probe } = probeOf();
  await Promise.all([probe.lately(), probe.now(), probe.lately()]);
  expect(disk.writes).toBe(1);
});
