// When and how long to wait before a call is tried again. A refusal is an answer and is never tried again; silence
// (no connection, no answer in time) and 503 are, and only for calls that do no harm when they run twice.

import { GatewayError } from "./errors.ts";

export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attemptsMax: number;
  /** Wait before the second try, ms; doubles each time. */
  readonly delayMs: number;
  /** The longest single wait, ms; also bounds a Retry-After. */
  readonly delayMsMax: number;
}

export const defaultRetryPolicy: RetryPolicy = { attemptsMax: 4, delayMs: 200, delayMsMax: 5_000 };

/** Does `call` again after silence and 503, as often as the policy says; every other error is thrown as it comes. */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  call: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(attempt);
    } catch (error) {
      if (attempt >= policy.attemptsMax || !isTransient(error)) {
        throw error;
      }
      await wait(delayBefore(attempt, policy, error.retryAfterMs), signal);
    }
  }
}

function isTransient(error: unknown): error is GatewayError {
  return error instanceof GatewayError && (error.code === "FF_GATEWAY_UNREACHABLE" || error.status === 503);
}

/** Half of the doubled delay is fixed, half is drawn, so that clients that failed together do not come back together. */
function delayBefore(attempt: number, policy: RetryPolicy, retryAfterMs: number | undefined): number {
  const doubled = Math.min(policy.delayMs * 2 ** (attempt - 1), policy.delayMsMax);
  const drawn = doubled / 2 + (Math.random() * doubled) / 2;
  return Math.min(Math.max(drawn, retryAfterMs ?? 0), policy.delayMsMax);
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
