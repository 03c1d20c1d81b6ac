// The editor without a page: what can be drawn, by which rules, and what it comes to. Knows no framework and no browser.

export { type Catalog, catalogOf, type NodeKind, type Role, roleOf, roles, searchKinds } from "./catalog.ts";
export type { Checked } from "./check.ts";
export { copyText, pasteCommand } from "./clipboard.ts";
export type { Command } from "./commands.ts";
export { type Change, changesOf, compareWithRunning } from "./compare.ts";
export { type PortEnd, type PossibleEnd, possibleEnds, refusalBetween, wireBetween } from "./connect.ts";
export {
  type Draft,
  documentOf,
  draftOf,
  draftOfRunning,
  emptyDraft,
  type Layout,
  type Point,
  withoutDefaults,
} from "./draft.ts";
export { type Control, displacedBy, type Field, formOf, problemsBeside } from "./form.ts";
export { execute, historyOf, redo, redoText, undo, undoText } from "./history.ts";
export { freshId } from "./ids.ts";
export { gridSize, layoutOf, nodeHeight, nodeSize, onGrid, withPlaces } from "./layout.ts";
export { firstNode, inReadingOrder, neighbourOf } from "./neighbours.ts";
export { type Problem, problemOf } from "./problems.ts";
export { pulumiCode } from "./program.ts";
export {
  isNothing,
  isStepFrom,
  nothingSelected,
  pruned,
  type Selection,
  selectAll,
  selectNodes,
  toggled,
} from "./selection.ts";
export { type Action, actionOf, keysText, shortcuts } from "./shortcuts.ts";
export { summaryOf } from "./summary.ts";
export { type Place, withValueAt } from "./values.ts";
