// A result for people: one line a figure, aligned, figures of a group under its name.

export function tableOf(result: object): string {
  const rows = [...rowsOf(result, "")];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

function* rowsOf(value: object, prefix: string): Generator<[string, string]> {
  for (const [name, item] of Object.entries(value)) {
    if (item !== null && typeof item === "object") yield* rowsOf(item, `${prefix}${name}.`);
    else yield [`${prefix}${name}`, typeof item === "number" ? item.toLocaleString("en-US") : String(item)];
  }
}
