// The text format 0.0.4 of Prometheus: families of samples, each family once, with HELP and TYPE. Written here because
// all our numbers exist already as plain counters; a metrics library would keep a second copy of each.

export interface Sample {
  readonly labels?: { readonly [name: string]: string | number };
  readonly value: number;
}

export interface Family {
  /** `[a-z_][a-z0-9_]*`; counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly samples: readonly Sample[];
}

export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${numberText(value)}`);
      return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
    })
    .join("");
}

function labelText(labels: Sample["labels"]): string {
  let pairs = "";
  for (const name in labels) pairs += `${pairs === "" ? "" : ","}${name}="${escapeLabel(String(labels[name]))}"`;
  return pairs === "" ? "" : `{${pairs}}`;
}

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
