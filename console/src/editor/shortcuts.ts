// The keys of the editor, in one table: what the page listens to and what its help shows. Single letters count only while
// the focus is on the canvas, so that nobody who types or speaks a text sets them off.

export type Action =
  | "undo"
  | "redo"
  | "select-all"
  | "toggle"
  | "delete"
  | "deselect"
  | "add-node"
  | "connect"
  | "rename"
  | "edit"
  | "find"
  | "fit"
  | "zoom-in"
  | "zoom-out"
  | "arrange"
  | "deploy"
  | "help"
  | `nudge-${"left" | "right" | "up" | "down"}`
  | `far-${"left" | "right" | "up" | "down"}`
  | `go-${"left" | "right" | "up" | "down"}`
  | `extend-${"left" | "right" | "up" | "down"}`;

export interface Keys {
  readonly key: string;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
  readonly alt?: boolean;
}

export interface Shortcut {
  readonly action: Action;
  readonly keys: Keys;
  /** Counts wherever the focus is, unless a text is being written. */
  readonly isGlobal?: true;
}

const directions = ["left", "right", "up", "down"] as const;
const arrow = (direction: string) => `Arrow${direction.charAt(0).toUpperCase()}${direction.slice(1)}`;

export const shortcuts: readonly Shortcut[] = [
  { action: "add-node", keys: { key: "a" } },
  { action: "connect", keys: { key: "c" } },
  { action: "edit", keys: { key: "Enter" } },
  { action: "rename", keys: { key: "F2" } },
  { action: "delete", keys: { key: "Delete" } },
  { action: "delete", keys: { key: "Backspace" } },
  { action: "undo", keys: { key: "z", ctrl: true }, isGlobal: true },
  { action: "redo", keys: { key: "z", ctrl: true, shift: true }, isGlobal: true },
  { action: "redo", keys: { key: "y", ctrl: true }, isGlobal: true },
  { action: "select-all", keys: { key: "a", ctrl: true } },
  { action: "toggle", keys: { key: " " } },
  { action: "deselect", keys: { key: "Escape" } },
  ...directions.map((to): Shortcut => ({ action: `nudge-${to}`, keys: { key: arrow(to) } })),
  ...directions.map((to): Shortcut => ({ action: `far-${to}`, keys: { key: arrow(to), shift: true } })),
  ...directions.map((to): Shortcut => ({ action: `go-${to}`, keys: { key: arrow(to), alt: true } })),
  ...directions.map((to): Shortcut => ({ action: `extend-${to}`, keys: { key: arrow(to), alt: true, shift: true } })),
  { action: "find", keys: { key: "f", ctrl: true }, isGlobal: true },
  { action: "find", keys: { key: "/" } },
  { action: "fit", keys: { key: "f" } },
  { action: "zoom-in", keys: { key: "+" } },
  { action: "zoom-out", keys: { key: "-" } },
  { action: "arrange", keys: { key: "l" } },
  { action: "deploy", keys: { key: "Enter", ctrl: true }, isGlobal: true },
  { action: "help", keys: { key: "?" } },
];

/** What of a keyboard event decides. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export function actionOf(press: KeyPress, isOnCanvas: boolean): Action | undefined {
  return shortcuts.find(({ keys, isGlobal }) => (isGlobal || isOnCanvas) && isPressed(keys, press))?.action;
}

function isPressed({ key, ctrl = false, shift = false, alt = false }: Keys, press: KeyPress): boolean {
  // Where a sign such as ? takes the shift key depends on the keyboard.
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  const isLetter = key.length === 1 && !isSign;
  return (
    (isLetter ? press.key.toLowerCase() : press.key) === key &&
    (press.ctrlKey || press.metaKey) === ctrl &&
    press.altKey === alt &&
    (isSign || press.shiftKey === shift)
  );
}

/** As it is printed on the keys: "Ctrl Z", "⌘ Z". */
export function keysText({ key, ctrl, shift, alt }: Keys, isMac: boolean): readonly string[] {
  const names: Record<string, string> = {
    ArrowLeft: "←",
    ArrowRight: "→",
    ArrowUp: "↑",
    ArrowDown: "↓",
    Escape: "Esc",
    " ": "Space",
  };
  return [
    ...(ctrl ? [isMac ? "⌘" : "Ctrl"] : []),
    ...(alt ? [isMac ? "⌥" : "Alt"] : []),
    ...(shift ? [isMac ? "⇧" : "Shift"] : []),
    names[key] ?? (key.length === 1 ? key.toUpperCase() : key),
  ];
}
