// Numbers as the reader's locale writes them. Every figure of the console goes through here.

const locale = globalThis.navigator?.language ?? "en";

export interface Formats {
  count(value: number): string;
  /** At most three digits and a unit of a thousand: 49.8k, 1.23M, and 1.23E19 where no unit is left. For rates and totals that move. */
  compact(value: number): string;
  bytes(value: number): string;
  /** A duration that was measured in µs. */
  micros(value: number): string;
  millis(value: number): string;
  percent(share: number): string;
}

const byteUnits = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** From here on the largest unit, a trillion, has more than three digits before it. */
const compactMax = 999.5e12;

/** A small m is a thousandth, and a capital K the unit of temperature. */
const unambiguous: { readonly [unit: string]: string } = { K: "k", m: "M" };

export function formatsFor(language: string): Formats {
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const compact = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });
  const scientific = new Intl.NumberFormat(language, { notation: "scientific", maximumSignificantDigits: 3 });
  const short = (value: number): string =>
    (Math.abs(value) < compactMax ? compact : scientific)
      .formatToParts(value)
      .map((part) => (part.type === "compact" ? (unambiguous[part.value] ?? part.value) : part.value))
      .join("");
  const decimal = (digits: number) => new Intl.NumberFormat(language, { maximumSignificantDigits: digits });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const unitFormat = (unit: string) =>
    new Intl.NumberFormat(language, {
      ...{ style: "unit", unit, maximumSignificantDigits: 3 },
      // The short form of a byte has no plural.
      unitDisplay: unit === "byte" ? "long" : "short",
    });
  const units = byteUnits.map(unitFormat);

  const micros = (value: number): string => {
    if (value < 1_000) return `${decimal(3).format(value)} µs`;
    if (value < 1_000_000) return `${decimal(3).format(value / 1_000)} ms`;
    return `${decimal(3).format(value / 1_000_000)} s`;
  };
  return {
    count: (value) => plain.format(value),
    compact: (value) => (Math.abs(value) < 1_000 ? decimal(3).format(value) : short(value)),
    bytes(value) {
      let index = 0;
      let scaled = value;
      while (Math.abs(scaled) >= 1_000 && index < units.length - 1) {
        scaled /= 1_000;
        index += 1;
      }
      return units[index]!.format(scaled);
    },
    micros,
    millis: (value) => micros(value * 1_000),
    percent: (share) => percent.format(share),
  };
}

export const formats = formatsFor(locale);
