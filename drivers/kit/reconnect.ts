// How long a driver waits before it tries to reach its device again.

import type { BackoffPolicy } from "@flowfusion/transport";

const firstMs = 200;
const mostMsLeast = 500;
const mostMsMost = 10_000;

/** Whoever wants to know of silence soon wants its end seen as soon; and no device is asked less than every 10 s. */
export const reconnectPolicy = (silenceMs: number): BackoffPolicy => ({
  firstMs,
  mostMs: Math.min(mostMsMost, Math.max(mostMsLeast, silenceMs)),
});
