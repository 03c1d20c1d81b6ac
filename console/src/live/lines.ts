// How the lines of a chart are told apart: by colour, and by dashes for those who do not see colours.

export interface LineLook {
  /** A custom property of app.css. */
  readonly colour: `--chart-${number}`;
  /** Lengths of strokes and gaps, pixels; empty for a whole line. */
  readonly dash: readonly number[];
}

const dashes: readonly LineLook["dash"][] = [[], [6, 3], [2, 2]];

export const lineLook = (index: number): LineLook => ({
  colour: `--chart-${index + 1}`,
  dash: dashes[index % dashes.length]!,
});
