// What the editor's keys do: which node each is about, and where the focus is afterwards. Which key means what is in
// editor/shortcuts.ts.

import type { NodeId } from "@flowfusion/graph";
import { tick } from "svelte";
import { type Action, actionOf, firstNode, neighbourOf } from "../../editor/index.ts";
import type { Editor } from "./editor.svelte.ts";
import { connectFrom, type OpenPicker } from "./Pickers.svelte";

const farSteps = 8;
const zoomStep = 1.25;
const directions = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const;

type Direction = keyof typeof directions;

type Deeds = { readonly [action in Action]?: (node: NodeId | undefined) => void };

/** What keys open beside the canvas. */
interface Doors {
  readonly pick: (picker: OpenPicker) => void;
  readonly deploy: () => void;
  readonly help: () => void;
}

export const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);

export const isDialogOpen = (): boolean => document.querySelector('[role="dialog"]') !== null;

/** Moves the focus to what the inspector has of `selector`. */
export function editSelected(selector: string): void {
  void tick().then(() => {
    const first = document.querySelector<HTMLElement>(`[data-inspector] ${selector}`);
    first?.focus();
    if (first instanceof HTMLInputElement) first.select();
  });
}

/** The focus goes to the neighbour, so that the keys go on where they were. */
export function removeSelected(editor: Editor): void {
  const [first] = editor.selection.nodes;
  const next =
    first === undefined
      ? undefined
      : (neighbourOf(editor.draft, first, "left") ?? neighbourOf(editor.draft, first, "right"));
  editor.remove();
  const stays = next !== undefined && editor.nodes.has(next) ? next : firstNode(editor.draft);
  if (stays !== undefined) void tick().then(() => editor.canvas?.focusNode(stays));
}

export class Keyboard {
  readonly #editor: Editor;
  readonly #deeds: Deeds;

  constructor(editor: Editor, doors: Doors) {
    this.#editor = editor;
    this.#deeds = deedsOf(editor, doors);
  }

  /** Takes the event where it is one of the editor's. */
  press(event: KeyboardEvent): void {
    if (isDialogOpen() || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    // Where nothing else has the focus, the canvas is meant.
    const isOnCanvas = target?.closest("[data-canvas]") !== null || target?.querySelector("[data-canvas]") !== null;
    if (isWriting(target)) {
      if (event.key === "Escape" && target?.closest("[data-inspector]")) this.#backToCanvas(event);
      if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter") return;
    }
    const action = actionOf(event, isOnCanvas);
    const isPress = (event.key === "Enter" && !event.ctrlKey) || action === "toggle";
    if (action === undefined || (isPress && target?.closest("button"))) return;
    const focused = this.#focused();
    if (action === "toggle" && focused === undefined) return;
    const node = focused ?? this.#onlySelected();
    if (node !== undefined && isOnCanvas) this.#chooseFor(action, node);
    const deed = this.#deeds[action];
    if (deed) deed(node);
    else this.#arrow(action, node);
    event.preventDefault();
    event.stopPropagation();
  }

  #focused(): NodeId | undefined {
    const id = document.activeElement?.closest<HTMLElement>(".svelte-flow__node")?.dataset.id as NodeId | undefined;
    return id !== undefined && this.#editor.nodes.has(id) ? id : undefined;
  }

  #onlySelected(): NodeId | undefined {
    const { nodes } = this.#editor.selection;
    return nodes.size === 1 ? [...nodes][0] : undefined;
  }

  /** Selects the node that a key is about, where the key is about one, or about the only one. */
  #chooseFor(action: Action, node: NodeId): void {
    const isAboutOne = action === "edit" || action === "rename" || action === "connect";
    const isAboutSelected =
      action === "delete" || action === "add-node" || action.startsWith("nudge") || action.startsWith("far");
    const { nodes } = this.#editor.selection;
    const isChosen = isAboutOne ? nodes.has(node) && nodes.size === 1 : nodes.has(node) || this.#editor.hasGathered;
    if ((isAboutOne || isAboutSelected) && !isChosen) this.#editor.selectNode(node);
  }

  #arrow(action: Action, node: NodeId | undefined): void {
    const editor = this.#editor;
    const [kind, direction] = action.split("-") as [string, Direction];
    if (kind === "go" || kind === "extend" || editor.selection.nodes.size === 0) {
      const next = node === undefined ? firstNode(editor.draft) : neighbourOf(editor.draft, node, direction);
      if (next === undefined) return;
      if (kind === "extend") editor.addToSelection(node === undefined ? [next] : [node, next]);
      else editor.selectNode(next);
      editor.canvas?.focusNode(next);
      return;
    }
    const steps = kind === "far" ? farSteps : 1;
    const [x, y] = directions[direction];
    editor.nudge(x * steps, y * steps);
  }

  #backToCanvas(event: KeyboardEvent): void {
    const [selected] = this.#editor.selection.nodes;
    if (selected === undefined) return;
    event.preventDefault();
    (document.activeElement as HTMLElement | null)?.blur();
    void tick().then(() => this.#editor.canvas?.focusNode(selected));
  }
}

/** What each action does, but for the arrows. */
function deedsOf(editor: Editor, doors: Doors): Deeds {
  return {
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    "select-all": () => editor.selectAll(),
    delete: () => removeSelected(editor),
    toggle: (node) => node !== undefined && editor.toggleNode(node),
    deselect: () => editor.select({ nodes: new Set(), wires: new Set() }),
    "add-node": () => doors.pick({ kind: "add" }),
    find: () => doors.pick({ kind: "find" }),
    connect: (node) => node !== undefined && doors.pick(connectFrom(editor, node)),
    edit: (node) => node !== undefined && editSelected("[data-properties] :is(input, select, textarea, button)"),
    rename: (node) => node !== undefined && editSelected("[data-node-name]"),
    fit: () => editor.canvas?.fit(),
    "zoom-in": () => editor.canvas?.zoomBy(zoomStep),
    "zoom-out": () => editor.canvas?.zoomBy(1 / zoomStep),
    arrange: () => editor.arrange(),
    deploy: () => doors.deploy(),
    help: () => doors.help(),
  };
}
