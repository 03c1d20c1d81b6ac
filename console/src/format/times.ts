// Times as the reader's locale writes them and in the reader's time zone; what is long ago, by date, what is not, by how long.

const locale = globalThis.navigator?.language ?? "en";

export interface TimeFormats {
  /** "3 minutes ago", at least a second: it stands within sentences. */
  ago(time: number | string | Date, nowMs?: number): string;
  /** Date and time to the second, with the zone. */
  full(time: number | string | Date): string;
  /** Day without the year, and time to the second. */
  dayAndSecond(time: number | string | Date): string;
  /** Time of day to the millisecond. */
  clock(time: number | string | Date): string;
  /** Time of day to the second. */
  second(time: number | string | Date): string;
  /** "2 d 3 h", the two largest units. */
  duration(ms: number): string;
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["second", 1_000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
  ["month", 30 * 86_400_000],
  ["year", 365 * 86_400_000],
];
const durationUnits = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

export function timeFormatsFor(language: string, timeZone?: string): TimeFormats {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" });
  const zone = timeZone === undefined ? {} : { timeZone };
  const full = new Intl.DateTimeFormat(language, {
    ...{ year: "numeric", month: "short", day: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
    ...zone,
  });
  const dayAndSecond = new Intl.DateTimeFormat(language, {
    ...{ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    ...zone,
  });
  const clock = new Intl.DateTimeFormat(language, {
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 },
    ...zone,
  });
  const second = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", ...zone });
  const unit = (name: string) => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "narrow" });

  return {
    ago(time, nowMs = Date.now()) {
      const ms = new Date(time).getTime() - nowMs;
      const [name, size] = steps.findLast(([, least]) => Math.abs(ms) >= least) ?? steps[0]!;
      return relative.format(Math.trunc(ms / size) || -1, name);
    },
    full: (time) => full.format(new Date(time)),
    dayAndSecond: (time) => dayAndSecond.format(new Date(time)),
    clock: (time) => clock.format(new Date(time)),
    second: (time) => second.format(new Date(time)),
    duration(ms) {
      const first = durationUnits.findIndex(([, size]) => ms >= size);
      if (first === -1) return unit("second").format(0);
      let rest = ms;
      return durationUnits
        .slice(first, first + 2)
        .flatMap(([name, size]) => {
          const count = Math.floor(rest / size);
          rest -= count * size;
          return count === 0 ? [] : [unit(name).format(count)];
        })
        .join(" ");
    },
  };
}

export const times = timeFormatsFor(locale);
