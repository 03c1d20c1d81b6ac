// The page's side of the check: asks the worker, and gives only the newest answer.

import type { FlowGraph } from "@flowfusion/graph";
import type { Catalog, Checked } from "../../editor/index.ts";

export type CheckRequest =
  | { readonly kind: "catalog"; readonly catalog: Catalog }
  | { readonly kind: "check"; readonly number: number; readonly graph: FlowGraph };

export interface CheckAnswer {
  readonly number: number;
  readonly checked: Checked;
}

export class Checker {
  readonly #worker = new Worker(new URL("./check-worker.ts", import.meta.url), { type: "module" });
  readonly #onChecked: (checked: Checked) => void;
  readonly #onBroken: (message: string) => void;
  #asked = 0;

  constructor(onChecked: (checked: Checked) => void, onBroken: (message: string) => void) {
    this.#onChecked = onChecked;
    this.#onBroken = onBroken;
    this.#worker.addEventListener("message", ({ data }: MessageEvent<CheckAnswer>) => {
      if (data.number === this.#asked) this.#onChecked(data.checked);
    });
    this.#worker.addEventListener("error", (event) => this.#onBroken(event.message));
  }

  take(catalog: Catalog): void {
    this.#send({ kind: "catalog", catalog });
  }

  check({ nodes, wires }: FlowGraph): void {
    this.#asked += 1;
    this.#send({ kind: "check", number: this.#asked, graph: { nodes, wires } });
  }

  close(): void {
    this.#worker.terminate();
  }

  #send(request: CheckRequest): void {
    this.#worker.postMessage(request);
  }
}
