import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { piecesFor, sendWasm } from "./common.ts";

test("a file is closed of whose bytes a client that left took none", async () => {
  const file = Readable.from([new Uint8Array(1)]);
  let sent: Readable | undefined;
  const reply = {
    request: { demandCaller() {} },
    raw: new PassThrough(),
    type: () => reply,
    header: () => reply,
    send(stream: Readable) {
      sent = stream;
      return reply;
    },
  };
  sendWasm(reply as unknown as FastifyReply, { sizeBytes: 1, bytes: file });
  sent!.destroy();
  await once(sent!, "close");
  expect(file.destroyed).toBe(true);
});

describe("an answer of many pieces", () => {
  const minute = 60_000;
  const pieceBytes = 256 * 1024;
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  /** The pieces for a client that takes one each time that it is read. */
  function answerOf(pieces: number) {
    const raw = new PassThrough();
    const reply = { request: { demandCaller() {} }, raw } as unknown as FastifyReply;
    const given = Array.from({ length: pieces }, () => new Uint8Array(pieceBytes));
    const stream = piecesFor(reply, given)[Symbol.asyncIterator]();
    return { raw, take: () => stream.next() };
  }

  test("goes on for as long as it takes a client that keeps the pace", async () => {
    const { raw, take } = answerOf(600);
    let taken = 0;
    for (; !(await take()).done; taken++) await vi.advanceTimersByTimeAsync(minute);
    raw.end().resume();
    await once(raw, "close");
    expect(taken).toBe(600);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends for a client that takes a little each few minutes, also where it was fast before", async () => {
    const { raw, take } = answerOf(600);
    for (let taken = 0; taken < 100; taken++) await take();
    let minutes = 0;
    for (; !raw.destroyed; minutes += 2) {
      await take();
      await vi.advanceTimersByTimeAsync(2 * minute);
    }
    expect(minutes).toBeLessThan(20);
  });

  test("ends for a client that does not take the last of it", async () => {
    const { raw, take } = answerOf(1);
    await take();
    expect(await take()).toMatchObject({ done: true });
    await vi.advanceTimersByTimeAsync(5 * minute);
    expect(raw.destroyed).toBe(true);
  });
});
