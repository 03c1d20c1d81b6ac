// The state of one editor: the draft with its history, what is selected, what runs, and what follows from them. Components
// read it and call it; the rules are in ../../editor.

import type { FlowStatus } from "@flowfusion/client";
import { isNodeId, type NodeId, type PropValue, wireKey } from "@flowfusion/graph";
import {
  type Catalog,
  type Change,
  type Checked,
  type Command,
  changesOf,
  compareWithRunning,
  copyText,
  type Draft,
  displacedBy,
  draftOfRunning,
  emptyDraft,
  execute,
  freshId,
  gridSize,
  historyOf,
  isNothing,
  isStepFrom,
  type Layout,
  layoutOf,
  nothingSelected,
  onGrid,
  type Place,
  type Point,
  type PortEnd,
  pasteCommand,
  problemOf,
  pruned,
  redo,
  refusalBetween,
  type Selection,
  selectAll,
  selectNodes,
  toggled,
  undo,
  wireBetween,
  withPlaces,
  withValueAt,
} from "../../editor/index.ts";
import { flowStrings as strings } from "../../strings/flow.ts";
import { Checker } from "./checker.ts";

/** What the editor asks of the canvas that shows it. */
export interface CanvasView {
  /** The middle of what is seen, in the canvas's own measure. */
  center(): Point;
  /** Brings a node into sight; the focus stays where it is. */
  showNode(id: NodeId): void;
  /** Brings a node into sight and gives it the focus. */
  focusNode(id: NodeId): void;
  fit(): void;
  zoomBy(factor: number): void;
}

/** Letters typed within so long are checked at once, ms. */
const checkPauseMs = 120;

export class Editor {
  readonly name: string;
  catalog = $state.raw<Catalog>(new Map());
  #history = $state.raw(historyOf(emptyDraft));
  #selection = $state.raw<Selection>(nothingSelected);
  #isGathered = false;
  /** What the gateway runs; undefined when there is no such flow. */
  running = $state.raw<FlowStatus | undefined>();
  /** Where the nodes lay that run; those that the draft removed are shown there. */
  runningLayout = $state.raw<Layout>(new Map());
  /** Of the draft as it was at the last pause; undefined before the first. */
  checked = $state.raw<Checked | undefined>();
  /** Why drafts cannot be checked here; the gateway checks them in any case. */
  checkFault = $state.raw<string | undefined>();
  /** What happened last, for readers of the screen. */
  said = $state("");
  canvas: CanvasView | undefined;

  readonly history = $derived(this.#history);
  readonly draft = $derived(this.#history.draft);
  readonly nodes = $derived(this.draft.nodes);
  readonly wires = $derived(this.draft.wires);
  readonly layout = $derived(this.draft.layout);
  readonly selection = $derived(pruned(this.#selection, { nodes: this.nodes, wires: this.wires, layout: new Map() }));
  readonly diff = $derived(
    compareWithRunning(this.running?.graph, { nodes: this.nodes, wires: this.wires }, this.catalog),
  );
  readonly changes: ReadonlyMap<string, Change> = $derived(changesOf(this.diff));
  readonly problems = $derived((this.checked?.diagnostics ?? []).map(problemOf));
  readonly isDirty = $derived(!this.diff.isEmpty);

  readonly #checker: Checker;
  #checkTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string) {
    this.name = name;
    this.#checker = new Checker(
      (checked) => {
        this.checked = checked;
      },
      (message) => {
        this.checkFault = message;
      },
    );
  }

  close(): void {
    clearTimeout(this.#checkTimer);
    this.#checker.close();
  }

  /** Node types that were added while the editor is open leave the draft as it is. */
  takeCatalog(catalog: Catalog): void {
    this.catalog = catalog;
    this.#checker.take(catalog);
    this.#checkSoon();
  }

  /** Begins with what runs, or with nothing. `draft` is unfinished work on it that was kept. */
  open(running: FlowStatus | undefined, layout: Layout, draft?: Draft): void {
    this.#takeRunning(running, layout);
    const fromRunning = running === undefined ? emptyDraft : draftOfRunning(running.graph, layout, this.catalog);
    this.#history = historyOf(withPlaces(draft ?? fromRunning, this.catalog));
    this.#selection = nothingSelected;
    this.#checkSoon();
  }

  /** Another version runs now; the draft stays, and is compared with it from here on. */
  takeRunning(running: FlowStatus | undefined): void {
    this.#takeRunning(running, this.runningLayout);
  }

  /** Gives the draft up for what runs; can be undone. */
  revert(): void {
    const { running } = this;
    const draft = running === undefined ? emptyDraft : draftOfRunning(running.graph, this.runningLayout, this.catalog);
    this.run({ kind: "replace", draft: withPlaces(draft, this.catalog) });
  }

  run(command: Command): void {
    const { nodes, wires } = this;
    this.#history = execute(this.#history, command, performance.now());
    if (this.nodes !== nodes || this.wires !== wires) this.#checkSoon();
  }

  undo(): void {
    const text = this.history.past.at(-1)?.text;
    this.#history = undo(this.#history);
    if (text !== undefined) this.say(strings.said.undone(text));
    this.#checkSoon();
  }

  redo(): void {
    const text = this.history.future.at(-1)?.text;
    this.#history = redo(this.#history);
    if (text !== undefined) this.say(strings.said.redone(text));
    this.#checkSoon();
  }

  select(selection: Selection): void {
    this.#isGathered = isStepFrom(this.selection, selection);
    this.#selection = selection;
  }

  selectNode(id: NodeId): void {
    this.select(selectNodes([id]));
    this.#isGathered = false;
  }

  /** Adds a node to what is selected, or takes it out. */
  toggleNode(id: NodeId): void {
    this.select(toggled(this.selection, id));
    this.say(strings.said.selected(this.selection.nodes.size));
  }

  addToSelection(ids: readonly NodeId[]): void {
    this.select({ nodes: new Set([...this.selection.nodes, ...ids]), wires: this.selection.wires });
    this.say(strings.said.selected(this.selection.nodes.size));
  }

  /** Whether nodes were put together one by one or at once: keys are about all of them then, wherever the focus is. */
  get hasGathered(): boolean {
    const { size } = this.selection.nodes;
    return size > 1 || (size === 1 && this.#isGathered);
  }

  selectAll(): void {
    this.select(selectAll(this.draft));
    this.say(strings.said.selected(this.nodes.size));
  }

  /** `at` is the middle of the node; beside what is selected, or in the middle of the canvas, when absent. */
  addNode(type: string, at?: Point): NodeId {
    const id = freshId(type, (candidate) => this.nodes.has(candidate));
    this.run({ kind: "add", nodes: [{ id, type, props: {}, at: at ?? this.#freePlace() }], wires: [] });
    this.selectNode(id);
    this.say(strings.said.added(id));
    return id;
  }

  /** Gives why not, when the rules of wires refuse it. */
  connect(a: PortEnd, b: PortEnd): string | undefined {
    const refusal = this.refusal(a, b);
    if (refusal !== undefined) {
      this.say(strings.said.refused(refusal));
      return refusal;
    }
    const wire = wireBetween(a, b)!;
    this.run({ kind: "connect", wire });
    this.say(strings.said.connected(wireKey(wire)));
    return undefined;
  }

  refusal(a: PortEnd, b: PortEnd): string | undefined {
    return refusalBetween(this.draft, this.catalog, a, b);
  }

  /** What is selected, or what is given. */
  remove({ nodes, wires }: Selection = this.selection): void {
    if (isNothing({ nodes, wires })) return;
    this.run({ kind: "remove", nodes: [...nodes], wires: [...wires] });
    this.say(strings.said.removed(nodes.size, wires.size));
  }

  moveTo(layout: Layout, gesture: string): void {
    this.run({ kind: "move", to: layout, gesture });
  }

  /** Moves what is selected by whole steps of the grid. */
  nudge(x: number, y: number): void {
    const moved = [...this.selection.nodes].flatMap((id): [NodeId, Point][] => {
      const at = this.layout.get(id);
      return at === undefined ? [] : [[id, { x: at.x + x * gridSize, y: at.y + y * gridSize }]];
    });
    if (moved.length > 0) this.moveTo(new Map(moved), `nudge ${[...this.selection.nodes].join(" ")}`);
  }

  arrange(): void {
    this.run({ kind: "arrange", layout: layoutOf(this.draft, this.catalog) });
    this.canvas?.fit();
  }

  setProperty(id: NodeId, place: Place, to: PropValue | undefined): void {
    const node = this.nodes.get(id);
    if (node === undefined) return;
    const manifest = this.catalog.get(node.type)?.manifest;
    const after = withValueAt(node.props, place, to);
    const alsoWithout = manifest === undefined ? [] : displacedBy(manifest, node.props, after);
    this.run({ kind: "set-property", node: id, at: place, ...(to !== undefined && { to }), alsoWithout });
  }

  /** Gives why not, when the name cannot be taken. */
  rename(id: NodeId, to: string): string | undefined {
    if (to === id) return undefined;
    if (!isNodeId(to)) return strings.inspector.nameRule;
    if (this.nodes.has(to)) return strings.inspector.nameTaken(to);
    const isSelected = this.selection.nodes.has(id);
    this.run({ kind: "rename", node: id, to });
    if (isSelected) this.selectNode(to);
    return undefined;
  }

  copyText(): string | undefined {
    return this.selection.nodes.size === 0 ? undefined : copyText(this.draft, this.selection.nodes);
  }

  /** False when there is nothing in the text for an editor. Throws FF_GRAPH_SYNTAX when what is there is wrong. */
  paste(text: string): boolean {
    const command = pasteCommand(text, this.draft, this.catalog);
    if (command === undefined) return false;
    this.run(command);
    this.select(selectNodes(command.nodes.map(({ id }) => id)));
    this.say(strings.said.pasted(command.nodes.length));
    return true;
  }

  say(text: string): void {
    this.said = text;
  }

  #takeRunning(running: FlowStatus | undefined, layout: Layout): void {
    const places = layout.size > 0 ? layout : this.layout;
    this.runningLayout =
      running === undefined
        ? new Map()
        : withPlaces(draftOfRunning(running.graph, places, this.catalog), this.catalog).layout;
    this.running = running;
  }

  #checkSoon(): void {
    clearTimeout(this.#checkTimer);
    if (this.catalog.size === 0) return;
    this.#checkTimer = setTimeout(() => this.#checker.check(this.draft), checkPauseMs);
  }

  /** To the right of the node that is selected, else in the middle; further down where something lies already. */
  #freePlace(): Point {
    const [selected] = this.selection.nodes;
    const beside = selected === undefined ? undefined : this.layout.get(selected);
    const start = beside === undefined ? (this.canvas?.center() ?? { x: 0, y: 0 }) : { x: beside.x + 312, y: beside.y };
    const at = { x: onGrid(start.x), y: onGrid(start.y) };
    const isTaken = (y: number) =>
      [...this.layout.values()].some((other) => Math.abs(other.x - at.x) < 200 && Math.abs(other.y - y) < 104);
    let { y } = at;
    while (isTaken(y)) y += 8 * gridSize;
    return { x: at.x, y };
  }
}
