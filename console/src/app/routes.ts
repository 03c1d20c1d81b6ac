// The pages of the console: where each is, and the chunk of code that shows it. A page is a component that takes the
// parameters of its path as properties.

import type { Component } from "svelte";

type RouteName =
  | "flows"
  | "flow"
  | "history"
  | "drivers"
  | "connections"
  | "dead-letters"
  | "recorder"
  | "audit"
  | "tokens"
  | "gateway"
  | "not-found";

export type RouteParameters = { readonly [name: string]: string };
/** What a page gets: the parameters of its path, for example `{ name }` of `/flows/:name`. */
// biome-ignore lint/suspicious/noExplicitAny: each page has properties of its own; the path's pattern gives them
type Page = Component<any>;

export interface Route {
  readonly name: RouteName;
  /** Behind /console; `:name` stands for one part. */
  readonly pattern: string;
  load(): Promise<{ default: Page }>;
}

const notFound: Route = {
  name: "not-found",
  pattern: "/not-found",
  load: () => import("../pages/not-found/NotFoundPage.svelte"),
};

export const routes: readonly Route[] = [
  { name: "flows", pattern: "/flows", load: () => import("../pages/flows/FlowsPage.svelte") },
  { name: "flow", pattern: "/flows/:name", load: () => import("../pages/flow/FlowPage.svelte") },
  { name: "history", pattern: "/flows/:name/history", load: () => import("../pages/history/HistoryPage.svelte") },
  {
    name: "dead-letters",
    pattern: "/dead-letters",
    load: () => import("../pages/dead-letters/DeadLettersPage.svelte"),
  },
  { name: "drivers", pattern: "/drivers", load: () => import("../pages/drivers/DriversPage.svelte") },
  { name: "connections", pattern: "/connections", load: () => import("../pages/connections/ConnectionsPage.svelte") },
  { name: "recorder", pattern: "/recorder", load: () => import("../pages/recorder/RecorderPage.svelte") },
  { name: "audit", pattern: "/audit", load: () => import("../pages/audit/AuditPage.svelte") },
  { name: "tokens", pattern: "/tokens", load: () => import("../pages/tokens/TokensPage.svelte") },
  { name: "gateway", pattern: "/gateway", load: () => import("../pages/gateway/GatewayPage.svelte") },
];

export interface Match {
  readonly route: Route;
  readonly parameters: RouteParameters;
}

/** The route of a path behind /console; the page that says so where there is none. */
export function matchRoute(path: string, among: readonly Route[] = routes): Match {
  for (const route of among) {
    const parameters = matchPattern(route.pattern, path);
    if (parameters !== undefined) return { route, parameters };
  }
  return { route: notFound, parameters: {} };
}

function matchPattern(pattern: string, path: string): RouteParameters | undefined {
  const wanted = partsOf(pattern);
  const given = partsOf(path);
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index]!;
    if (part.startsWith(":")) {
      const decoded = decode(value);
      if (decoded === undefined) return undefined;
      parameters[part.slice(1)] = decoded;
    } else if (part !== value) {
      return undefined;
    }
  }
  return parameters;
}

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "");

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
