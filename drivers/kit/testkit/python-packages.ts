// The Python packages that test devices are made with, and where they are: outside of the repository, put there by
// tools/peers.ts.

import { homedir } from "node:os";
import { join } from "node:path";

/** Other versions of them have other names for the same things. */
export const pythonPackages = ["pymodbus==3.16.1", "asyncua==2.1.0"] as const;

export function pythonPeersFolder(): string {
  const { FLOWFUSION_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = FLOWFUSION_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "flowfusion");
  return join(cache, "peers", pythonPackages.join("-").replaceAll("==", "-"));
}
