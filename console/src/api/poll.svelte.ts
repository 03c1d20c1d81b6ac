// A value that is read from the gateway again and again while a component shows it. What was read last stays while the
// gateway does not answer, and reading goes on, so that the view comes back by itself. A hidden page reads nothing.

import { connection } from "./connection.svelte.ts";
import { type Fault, faultOf, isSignedOut, isUnreachable } from "./faults.ts";

export interface Polled<T> {
  /** The last answer; undefined before the first. */
  readonly value: T | undefined;
  /** Why there is no newer one, unless the connection is lost, which the shell tells. */
  readonly fault: Fault | undefined;
  /** Reads at once, for example after a write. */
  refresh(): Promise<void>;
}

/** To be called while a component is set up; ends with it. `intervalMs` is the pause between an answer and the next read. */
export function poll<T>(read: (signal: AbortSignal) => Promise<T>, intervalMs: number): Polled<T> {
  let value = $state.raw<T | undefined>();
  let fault = $state.raw<Fault | undefined>();
  let readNow: () => Promise<void> = async () => undefined;

  $effect(() => {
    const stopped = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let latest = 0;

    const readOnce = async () => {
      clearTimeout(timer);
      latest += 1;
      const current = latest;
      try {
        const answer = await read(stopped.signal);
        if (stopped.signal.aborted || current !== latest) return;
        value = answer;
        fault = undefined;
        connection.answered();
      } catch (error) {
        if (stopped.signal.aborted || current !== latest || isSignedOut(error)) return;
        if (isUnreachable(error)) {
          connection.failed();
          if (value === undefined) fault = faultOf(error);
        } else {
          fault = faultOf(error);
        }
      }
      if (document.visibilityState === "visible") timer = setTimeout(readOnce, intervalMs);
    };
    const resume = () => {
      if (document.visibilityState === "visible") void readOnce();
    };
    readNow = readOnce;
    document.addEventListener("visibilitychange", resume);
    void readOnce();
    return () => {
      stopped.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", resume);
    };
  });

  return {
    get value() {
      return value;
    },
    get fault() {
      return fault;
    },
    refresh: () => readNow(),
  };
}
