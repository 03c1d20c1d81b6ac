// Which inputs of which flows a tag goes to. Patterns as in MQTT: `+` stands for one level, `#` at the end for the
// level before it and all that follow. A tree by level, so that a new tag costs its depth and not the number of
// patterns; who asks often remembers the answer. The gateway's router and the simulation share it.

import type { CanonicalGraph } from "./types.ts";

/** An input of a flow: a number for the flow, and the index of its input node. */
export interface Route {
  readonly slot: number;
  readonly input: number;
}

/** What a graph subscribes to: each pattern with its input, the node's place among those that subscribe. */
export function subscribedPatterns(graph: CanonicalGraph): { readonly pattern: string; readonly input: number }[] {
  return graph.nodes
    .filter(({ subscribes }) => subscribes !== undefined)
    .flatMap(({ props, subscribes }, input) =>
      (props[subscribes!.property] as readonly string[]).map((pattern) => ({ pattern, input })),
    );
}

/** Most levels have but one of these, so each is made when it is needed. */
interface Level {
  children?: Map<string, Level>;
  /** Routes of patterns that end here. */
  routes?: Route[];
  /** Routes of patterns that go on with `#`. */
  routesBelow?: Route[];
}

export class Subscriptions {
  readonly #root: Level = {};

  add(pattern: string, route: Route): void {
    const levels = pattern.split("/");
    const takesAllBelow = levels.at(-1) === "#";
    if (takesAllBelow) levels.pop();
    let level = this.#root;
    for (const name of levels) {
      level.children ??= new Map();
      let child = level.children.get(name);
      if (!child) {
        child = {};
        level.children.set(name, child);
      }
      level = child;
    }
    const which = takesAllBelow ? "routesBelow" : "routes";
    level[which] ??= [];
    level[which].push(route);
  }

  /** The routes of a tag, each input once, in order of slot and input. */
  match(tag: string): Route[] {
    const found = new Map<string, Route>();
    const take = (routes: readonly Route[] = []) => {
      for (const route of routes) found.set(`${route.slot}:${route.input}`, route);
    };
    let levels = [this.#root];
    for (const name of tag.split("/")) {
      for (const level of levels) take(level.routesBelow);
      levels = levels.flatMap((level) =>
        [level.children?.get(name), level.children?.get("+")].filter((child) => child !== undefined),
      );
    }
    for (const level of levels) {
      take(level.routes);
      take(level.routesBelow);
    }
    return [...found.values()].sort((a, b) => a.slot - b.slot || a.input - b.input);
  }
}
