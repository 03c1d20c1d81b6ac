// Screens of the documents are those of real runs. A test makes the run and holds the screen to it;
// `FLOWFUSION_SCREENS=write vitest run <test>` writes what came out otherwise into the document.

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";

const root = path.join(import.meta.dirname, "../..");

export interface ScreenOptions {
  /** What a test has elsewhere than a reader: addresses, folders. */
  readonly places?: readonly (readonly [real: string, shown: string])[];
  /** What is another in each run, besides digests, times, durations and sizes. */
  readonly varying?: readonly RegExp[];
}

/**
 * Holds the screen that follows `<!-- screen: NAME -->` in a document to what was printed, line by line. Digests, times,
 * durations and sizes may be others, with them the width of columns, and rows of a tree may be in another order.
 */
export async function holdScreen(
  document: string,
  name: string,
  printed: string,
  { places = [], varying = [] }: ScreenOptions = {},
): Promise<void> {
  const file = path.join(root, document);
  const text = await readFile(file, "utf8");
  const [whole, head, shown] =
    new RegExp(`(<!-- screen: ${name} -->\n\`\`\`text\n)([\\s\\S]*?)^\`\`\`$`, "m").exec(text) ?? [];
  if (whole === undefined) throw new Error(`${document} has no screen "${name}"`);
  const real = places.reduce((known, [from, to]) => known.replaceAll(from, to), `${printed.trimEnd()}\n`);
  expect(real.trim(), `${document}, screen ${name}`).not.toBe("");
  const isHeld = shapeOf(shown!, varying) === shapeOf(real, varying);
  const isWritten = !isHeld && process.env.FLOWFUSION_SCREENS === "write";
  if (isWritten)
    await writeFile(
      file,
      text.replace(whole, () => `${head}${real}\`\`\``),
    );
  expect(shapeOf(real, varying), `${document}, screen ${name}`).toBe(shapeOf(isWritten ? real : shown!, varying));
}

/** A part of a screen: from the first line that matches to the next that does. */
export function partOf(screen: string, from: RegExp, to: RegExp): string {
  const lines = screen.split("\n");
  const first = lines.findIndex((line) => from.test(line));
  const last = lines.findIndex((line, index) => index >= first && to.test(line));
  expect([first, last], screen).not.toContain(-1);
  return lines.slice(first, last + 1).join("\n");
}

/** The errors that Pulumi lists at the end, a line each, without blanks before them. */
export function errorsIn(printed: string): string {
  const lines = printed.split("\n").map((line) => line.trim());
  return lines.filter((line) => line.startsWith("error: ")).join("\n");
}

/** A screen as all runs of one program have it in common. */
function shapeOf(screen: string, varying: readonly RegExp[]): string {
  const common = screen
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "ID")
    .replaceAll(/\bsha256:[0-9a-f]{8,64}/g, "DIGEST")
    .replaceAll(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12}\b/g, "DIGEST")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+Z/g, "TIME")
    .replaceAll(/\d[\d,.]* ?(ns|µs|ms|s|min|h|kB|MB|GB)\b/g, "N $1");
  const lines = varying
    .reduce((known, pattern) => known.replaceAll(pattern, "VARYING"), common)
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trimEnd());
  return inOrder(lines).join("\n");
}

/** Rows of one level of Pulumi's tree come as they are done. */
function inOrder(lines: readonly string[]): string[] {
  const isRow = (line: string | undefined) => /[├└]─/.test(line ?? "");
  const first = lines.findIndex(isRow);
  if (first < 0) return [...lines];
  const after = lines.findIndex((line, index) => index > first && !isRow(line));
  const end = after < 0 ? lines.length : after;
  const rows = lines.slice(first, end).map((line) => line.replaceAll(/│|[├└]─ /g, "").replaceAll(/\s+/g, " "));
  return [...lines.slice(0, first), ...rows.sort(), ...inOrder(lines.slice(end))];
}
