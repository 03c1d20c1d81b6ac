import { vi } from "vitest";

/** Waits, for as long as it takes on a busy machine, until `check` passes. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 30_000, interval: 10 });
