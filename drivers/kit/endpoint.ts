// Host and port of a URL.

import type { Endpoint } from "./kind.ts";

/** A URL that is none has an endpoint without a host, which no rule allows. */
export function endpointOf(url: string, path: string, defaultPort: number): Endpoint {
  const parsed = URL.parse(url);
  const host = (parsed?.hostname ?? "").replace(/^\[|\]$/g, "");
  return { host, port: parsed?.port ? Number(parsed.port) : defaultPort, path };
}
