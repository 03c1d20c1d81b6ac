// What the gateway tells as it happens. Where it does not answer it is asked again until it does; a hidden page follows nothing.

import { connection } from "./connection.svelte.ts";
import { isSignedOut, isUnreachable } from "./faults.ts";

const retryMs = 2_000;

/** Gives what ends it. `onLost`: no answer, or no more of it; what was told last is all that there is for now. */
export function followWhileVisible<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  onUpdate: (update: T) => void,
  onLost: () => void = () => undefined,
): () => void {
  let ended = new AbortController();

  async function follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const update of open(signal)) {
          if (signal.aborted) return;
          connection.answered();
          onUpdate(update);
        }
      } catch (error) {
        if (signal.aborted || isSignedOut(error)) return;
        if (isUnreachable(error)) connection.failed();
      }
      if (signal.aborted) return;
      onLost();
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
  const see = () => {
    ended.abort();
    if (document.visibilityState !== "visible") return;
    ended = new AbortController();
    void follow(ended.signal);
  };
  document.addEventListener("visibilitychange", see);
  see();
  return () => {
    ended.abort();
    document.removeEventListener("visibilitychange", see);
  };
}
