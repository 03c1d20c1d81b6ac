// The nodes that are being dragged: what moves with them is painted apart from all that stays where it is, and what need not
// follow each step of the pointer rests.

class Dragging {
  #ids = $state.raw<ReadonlySet<string>>(new Set());

  begin(nodes: readonly { readonly id: string }[]): void {
    this.#ids = new Set(nodes.map(({ id }) => id));
  }

  end(): void {
    this.#ids = new Set();
  }

  get isOn(): boolean {
    return this.#ids.size > 0;
  }

  /** A layer for each node that moves is worth it for as many as one can follow by eye. */
  get isOfFew(): boolean {
    return this.isOn && this.#ids.size <= fewMax;
  }

  moves(node: string): boolean {
    return this.#ids.has(node);
  }
}

const fewMax = 24;

export const dragging = new Dragging();
