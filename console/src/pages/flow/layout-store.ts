// Where the nodes of a flow lie, as the gateway keeps it. It belongs to no version: moving a node deploys nothing. Two who
// lay out the same flow do not fight over it: the last one to move something wins.

import type { FlowLayout } from "@flowfusion/client";
import type { FlowName } from "@flowfusion/graph";
import { isConflict } from "../../api/faults.ts";
import { gateway } from "../../api/gateway.ts";
import type { Layout } from "../../editor/index.ts";
import { layoutFrom } from "./draft-store.ts";

export class LayoutStore {
  readonly #flow: FlowName;
  #generation: number | undefined;
  /** As it is kept, or comes of itself; what is the same is not sent. */
  #kept = "";

  constructor(flow: FlowName) {
    this.#flow = flow;
  }

  async read(): Promise<Layout> {
    return layoutFrom(this.#take(await gateway.layout(this.#flow)) ?? {});
  }

  /** What the page begins with, also where nobody has placed the nodes: who only looks writes nothing. */
  beginWith(layout: Layout): void {
    this.#kept = textOf(layout);
  }

  /** Of the nodes that run; the gateway takes no layout of a flow that it does not have. */
  async write(layout: Layout): Promise<void> {
    const text = textOf(layout);
    if (text === this.#kept) return;
    const put = async () =>
      this.#take(
        await gateway.putLayout(this.#flow, {
          nodes: Object.fromEntries(layout),
          expected: this.#generation ?? "absent",
        }),
      );
    try {
      await put();
    } catch (error) {
      if (!isConflict(error)) throw error;
      this.#take(await gateway.layout(this.#flow));
      await put();
    }
    this.#kept = text;
  }

  #take(layout: FlowLayout | undefined): FlowLayout["nodes"] | undefined {
    this.#generation = layout?.generation;
    return layout?.nodes;
  }
}

const textOf = (layout: Layout): string => JSON.stringify([...layout].sort(([a], [b]) => (a < b ? -1 : 1)));
