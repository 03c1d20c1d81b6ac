// A large flow that is drawn and not deployed: rows from a source to a sink, with wires across.

const rows = 30;
const columns = 10;
const wiresWanted = 400;
const pitch = { x: 260, y: 130 } as const;

export interface DrawnDraft {
  readonly graph: { readonly nodes: Record<string, object>; readonly wires: Record<string, object> };
  readonly layout: Record<string, { readonly x: number; readonly y: number }>;
}

const idAt = (row: number, column: number): string => `n${row}-${column}`;

/** 300 nodes and 400 wires. */
export function largeDraft(): DrawnDraft {
  const places = Array.from({ length: rows * columns }, (_, index) => ({
    row: Math.floor(index / columns),
    column: index % columns,
  }));
  const along = places
    .filter(({ column }) => column < columns - 1)
    .map(({ row, column }) => `${idAt(row, column)}.out -> ${idAt(row, column + 1)}.in`);
  const across = places
    .filter(({ row, column }) => column < columns - 1 && row < rows - 1)
    .map(({ row, column }) => `${idAt(row, column)}.out -> ${idAt(row + 1, column + 1)}.in`)
    .slice(0, wiresWanted - along.length);
  return {
    graph: {
      nodes: Object.fromEntries(places.map(({ row, column }) => [idAt(row, column), nodeOf(row, column)])),
      wires: Object.fromEntries([...along, ...across].map((key) => [key, {}])),
    },
    layout: Object.fromEntries(
      places.map(({ row, column }) => [idAt(row, column), { x: column * pitch.x, y: row * pitch.y }]),
    ),
  };
}

function nodeOf(row: number, column: number): object {
  if (column === 0) return { type: "tag_input", props: { tags: [`line${row}/+/temp`] } };
  if (column === columns - 1) return { type: "file", props: { path: `line${row}.jsonl` } };
  return { type: "scale", props: { factor: column } };
}

/** One node, and nothing else: what dragging costs in any case. */
export const smallDraft = (): DrawnDraft => ({
  graph: { nodes: { only: { type: "scale", props: {} } }, wires: {} },
  layout: { only: { x: 0, y: 0 } },
});
