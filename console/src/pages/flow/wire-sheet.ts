// The pictures in which the wires of a canvas are drawn: those that lie still, and those that move with a node. The library gives
// each wire an <svg> of its own, and at every frame of a drag a browser goes through all that is drawn, piece by piece; wires
// that look the same are therefore one piece.

import type { Attachment } from "svelte/attachments";

const svgNamespace = "http://www.w3.org/2000/svg";

export interface DrawnWire {
  /** As in the attribute `d` of a path. */
  readonly path: string;
  /** How it looks. */
  readonly classes: string;
  readonly isMoving: boolean;
}

/** Draws a wire on the sheets of the canvas in which the element is, beneath the nodes. */
export function onWireSheet(wire: DrawnWire): Attachment<SVGElement> {
  return (element) => {
    const back = element.closest(".svelte-flow__viewport")?.querySelector(".svelte-flow__viewport-back");
    if (!back) return;
    const sheets = sheetsOf.get(back) ?? { still: new WireSheet(back, "still"), moving: new WireSheet(back, "moving") };
    sheetsOf.set(back, sheets);
    return (wire.isMoving ? sheets.moving : sheets.still).add(wire);
  };
}

const sheetsOf = new WeakMap<Element, { readonly still: WireSheet; readonly moving: WireSheet }>();

class WireSheet {
  readonly #svg = document.createElementNS(svgNamespace, "svg");
  readonly #wires = new Set<DrawnWire>();
  readonly #pieces = new Map<string, SVGPathElement>();
  #isStale = false;

  constructor(back: Element, name: string) {
    this.#svg.classList.add("wire-sheet", name);
    this.#svg.setAttribute("aria-hidden", "true");
    back.append(this.#svg);
  }

  /** Gives what takes it off. */
  add(wire: DrawnWire): () => void {
    this.#wires.add(wire);
    this.#drawSoon();
    return () => {
      this.#wires.delete(wire);
      this.#drawSoon();
    };
  }

  /** All that changes at once is drawn once. */
  #drawSoon(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    queueMicrotask(() => {
      this.#isStale = false;
      this.#draw();
    });
  }

  #draw(): void {
    const alike = Map.groupBy(this.#wires, ({ classes }) => classes);
    for (const [classes, piece] of this.#pieces) {
      if (alike.has(classes)) continue;
      piece.remove();
      this.#pieces.delete(classes);
    }
    for (const [classes, wires] of alike) {
      const piece = this.#pieces.get(classes) ?? this.#newPiece(classes);
      const path = wires.map((wire) => wire.path).join("");
      if (piece.getAttribute("d") !== path) piece.setAttribute("d", path);
    }
  }

  #newPiece(classes: string): SVGPathElement {
    const piece = document.createElementNS(svgNamespace, "path");
    piece.setAttribute("class", classes);
    this.#pieces.set(classes, piece);
    return this.#svg.appendChild(piece);
  }
}
