// "did you mean": the known name nearest to one that is not known.

/** How many edits count as a slip of the finger: from one letter, every other letter is one edit away. */
const slipsAllowed = (length: number): number => (length < 2 ? 0 : length <= 3 ? 1 : 2);

/** An ending for an error message, empty when no known name is near: ", did you mean `pass`?" */
export function didYouMean(given: string, known: Iterable<string>): string {
  const name = nearestName(given, known);
  return name === undefined ? "" : `, did you mean \`${name}\`?`;
}

/** Names that a message lists. */
export const namesShownMax = 20;

/** As `didYouMean`, but where none is near it ends with all that there are: "; there are op, value" */
export function knownInstead(given: string, known: readonly string[]): string {
  const near = didYouMean(given, known);
  if (near !== "" || known.length === 0) return near;
  const more = known.length > namesShownMax ? ` and ${known.length - namesShownMax} more` : "";
  return `; there ${known.length === 1 ? "is" : "are"} ${known.slice(0, namesShownMax).join(", ")}${more}`;
}

export function nearestName(given: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const alike = names.find((name) => folded(name) === folded(given));
  return alike ?? fewestEdits(given, names);
}

/** As people write one thing in several ways: PSI and psi, m³/h and m3/h, degC and °C, Nm and N.m. */
const folded = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/^deg/, "°")
    .replaceAll(/[\s.·_-]/g, "");

function fewestEdits(given: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = slipsAllowed(given.length) + 1;
  for (const name of names) {
    const distance = editDistance(given, name, bestDistance - 1);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Edits between two words, two exchanged neighbours being one edit, or `max + 1` when there are more than `max`. Only
 * cells within `max` of the diagonal can matter, which keeps the cost linear in the length: this runs over every node
 * of a flow for each misspelt one.
 */
function editDistance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = new Array<number>(b.length + 1).fill(max + 1);
    current[0] = row;
    for (let column = Math.max(1, row - max); column <= Math.min(b.length, row + max); column += 1) {
      const change = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isExchange = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const exchange = isExchange ? beforeLast[column - 2]! + 1 : max + 1;
      current[column] = Math.min(change, exchange, last[column]! + 1, current[column - 1]! + 1, max + 1);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
