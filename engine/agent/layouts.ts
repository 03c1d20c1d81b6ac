// Where people have put the nodes of a flow, for whoever draws it.

import type { FlowName } from "@flowfusion/graph";
import type { LayoutRow } from "../store/layout-table.ts";
import type { Store } from "../store/store.ts";
import { demand, type Precondition } from "./etag.ts";
import type { FlowManager } from "./flow-manager.ts";
import type { Layout, LayoutBody } from "./layout-schemas.ts";
import { ApiError } from "./problem.ts";

export class Layouts {
  readonly #store: Store;
  readonly #flows: FlowManager;

  constructor(store: Store, flows: FlowManager) {
    this.#store = store;
    this.#flows = flows;
  }

  /** Throws FF_API_NOT_FOUND when there is no such flow, or nobody has laid it out. */
  get(flow: FlowName): Layout {
    this.#flows.current(flow);
    const row = this.#store.layouts.get(flow);
    if (row === undefined) throw new ApiError("FF_API_NOT_FOUND", `flow ${flow} has no layout`);
    return describe(row);
  }

  put(flow: FlowName, precondition: Precondition, layout: LayoutBody, by: string): Layout {
    this.#flows.current(flow);
    const before = this.#store.layouts.get(flow);
    const current = before && {
      ...{ generation: before.generation, deployedAt: before.changedAt, deployedBy: before.changedBy },
    };
    demand(precondition, `the layout of flow ${flow}`, current);
    const row = { flow, layout: JSON.stringify(layout), changedAt: new Date().toISOString(), changedBy: by };
    return describe(this.#store.layouts.commit(before?.generation, row));
  }
}

function describe({ generation, layout, changedAt, changedBy }: LayoutRow): Layout {
  return { ...(JSON.parse(layout) as LayoutBody), generation, changedAt, changedBy };
}
