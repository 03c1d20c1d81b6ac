import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { Downloads } from "./downloads.ts";

const closing = new AbortController().signal;
const limits = { untakenBytesMax: 10, waitMs: 1, waitingMax: 2 };
const ofBytes = (length: number) => async () => ({ recording: new Uint8Array(length), updates: 1 });

test("a recording waits for room no longer than it may, and none is made meanwhile", async () => {
  const downloads = new Downloads(closing, limits);
  const slow = new PassThrough();
  await downloads.make(slow, ofBytes(10));
  const late = downloads.make(new PassThrough(), () => expect.unreachable());
  await expect(late).rejects.toMatchObject({ code: "FF_API_BUSY" });
  slow.destroy();
  expect(await downloads.make(new PassThrough(), ofBytes(9))).toMatchObject({ updates: 1 });
  expect(await downloads.make(new PassThrough(), ofBytes(9))).toMatchObject({ updates: 1 });
});

test("those who wait behind each other wait no longer than one", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  try {
    const downloads = new Downloads(closing, { untakenBytesMax: 10, waitMs: 1_000, waitingMax: 3 });
    await downloads.make(new PassThrough(), ofBytes(10));
    let refused = 0;
    for (let index = 0; index < 3; index++) {
      downloads.make(new PassThrough(), () => expect.unreachable()).catch(() => refused++);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(refused).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});

test("what was made for who left meanwhile takes no room from others", async () => {
  const downloads = new Downloads(closing, limits);
  const left = new PassThrough();
  const forWhoLeft = downloads.make(left, async () => {
    await new Promise((resolve) => left.once("close", resolve).destroy());
    return { recording: new Uint8Array(10), updates: 1 };
  });
  await expect(forWhoLeft).rejects.toMatchObject({ code: "FF_API_BUSY" });
  expect(await downloads.make(new PassThrough(), ofBytes(1))).toMatchObject({ updates: 1 });
});

test("more than may wait are turned away at once, and nothing is made for who has left", async () => {
  const downloads = new Downloads(closing, { ...limits, waitMs: 60_000 });
  const slow = new PassThrough();
  await downloads.make(slow, ofBytes(10));
  const left = new PassThrough();
  const forWhoLeft = downloads.make(left, () => expect.unreachable());
  const waits = downloads.make(new PassThrough(), ofBytes(1));
  await expect(downloads.make(new PassThrough(), ofBytes(1))).rejects.toMatchObject({ code: "FF_API_BUSY" });
  left.destroy();
  slow.destroy();
  await expect(forWhoLeft).rejects.toMatchObject({ code: "FF_API_BUSY" });
  expect(await waits).toMatchObject({ updates: 1 });
});

test("those who wait are told when the gateway ends", async () => {
  const ending = new AbortController();
  const downloads = new Downloads(ending.signal, { ...limits, waitMs: 60_000 });
  await downloads.make(new PassThrough(), ofBytes(10));
  const waiting = [1, 2].map(() => downloads.make(new PassThrough(), () => expect.unreachable()));
  const reason = new Error("the gateway ends");
  ending.abort(reason);
  expect(await Promise.allSettled(waiting)).toEqual(waiting.map(() => ({ status: "rejected", reason })));
});
