// The one client of the page. Who signs out, and whether the gateway answers, is told to whoever listens.

import { sessionClient } from "@flowfusion/client/browser";

type Listener = () => void;
const listeners = new Set<Listener>();

/** Calls `listener` whenever the gateway says that nobody is signed in. */
export function onSignedOut(listener: Listener): void {
  listeners.add(listener);
}

export const gateway = sessionClient({
  endpoint: location.origin,
  timeoutMs: 15_000,
  retry: { attemptsMax: 2 },
  onSignedOut: () => {
    for (const listener of listeners) listener();
  },
});
