import { setTimeout as sleep } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { toServiceError } from "./status.ts";

test.each([
  ["a call", (signal: AbortSignal) => fetch("http://127.0.0.1:1", { signal })],
  ["a pause", (signal: AbortSignal) => sleep(60_000, undefined, { signal })],
])("%s that is stopped is no defect: nothing was changed", async (_, begin) => {
  const stop = new AbortController();
  const ended = Promise.resolve(begin(stop.signal)).then(
    () => undefined,
    (error: unknown) => error,
  );
  stop.abort();
  expect(toServiceError(await ended)).toMatchObject({ code: status.CANCELLED });
});
