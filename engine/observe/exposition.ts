// The text format 0.0.4 of Prometheus: families of samples, each family once, with HELP and TYPE. Written here because
// all our numbers exist already as plain counters; a metrics library would keep a second copy of each.

/** One number, or several that a further label tells apart, or none. */
export type Reading = number | readonly (readonly [label: string, value: number])[];

/** A family, and how its samples are read from what it is of. */
export interface Measure<T> {
  /** `[a-z_][a-z0-9_]*`; counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly read: (of: T) => Reading;
}

export function gauge<T>(name: string, help: string, read: Measure<T>["read"]): Measure<T> {
  return { type: "gauge", name, help, read };
}

export function counter<T>(name: string, help: string, read: Measure<T>["read"]): Measure<T> {
  return { type: "counter", name, help, read };
}

interface Family {
  readonly written: Uint8Array[];
  text: string;
}

export class Exposition {
  readonly #families = new Map<string, Family>();

  /** `labels`: as `label` gives them, with commas between. */
  add<T>(measures: readonly Measure<T>[], of: T, labels = ""): void {
    for (const { name, help, type, read } of measures) {
      const reading = read(of);
      const isOne = typeof reading === "number";
      if (!isOne && reading.length === 0) continue;
      let family = this.#families.get(name);
      if (family === undefined) {
        family = { written: [], text: `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n` };
        this.#families.set(name, family);
      }
      if (isOne) family.text += sample(name, labels, reading);
      else for (const [further, value] of reading) family.text += sample(name, joined(labels, further), value);
    }
  }

  /** To be called from time to time: what was added so far lies outside the heap from now on. */
  settle(): void {
    for (const family of this.#families.values()) {
      if (family.text === "") continue;
      family.written.push(Buffer.from(family.text));
      family.text = "";
    }
  }

  /** A piece for each family. */
  *pieces(): Generator<Uint8Array> {
    this.settle();
    for (const { written } of this.#families.values()) yield Buffer.concat(written);
  }
}

export const label = (name: string, value: string | number): string => `${name}="${escapeLabel(String(value))}"`;

const joined = (labels: string, further: string): string => (labels === "" ? further : `${labels},${further}`);

const sample = (name: string, labels: string, value: number): string =>
  labels === "" ? `${name} ${numberText(value)}\n` : `${name}{${labels}} ${numberText(value)}\n`;

const special = /[\\"\n]/;

function escapeLabel(text: string): string {
  if (!special.test(text)) return text;
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isNaN(value)) {
    return "NaN";
  }
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
