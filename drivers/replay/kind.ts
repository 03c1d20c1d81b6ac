// The configuration of the replay driver.

import {
  type ConfigProblem,
  choice,
  decimal,
  defineKind,
  flag,
  object,
  optional,
  type Static,
  text,
} from "@flowfusion/driver-kit";

const csv = object({
  delimiter: choice([",", ";", "\t", "|"], { description: "What stands between two fields.", default: "," }),
  decimal: choice([".", ","], {
    description: "What stands before the decimals of a number; numbers have nothing between thousands.",
    default: ".",
  }),
  timestampColumn: text({ description: "Column of the time.", maxLength: 256, default: "timestamp" }),
  timestampUnit: choice(["iso8601", "s", "ms", "us", "ns"], {
    description: "How the time is written. One of ISO 8601 that names no zone is of UTC.",
    default: "iso8601",
  }),
  tagColumn: optional(
    text({
      description:
        "Column of the tag's name, where each line is one reading. Without it each column but that of the time is a tag.",
      maxLength: 256,
    }),
  ),
  valueColumn: text({ description: "Column of the value, beside `tagColumn`.", maxLength: 256, default: "value" }),
  qualityColumn: optional(
    text({
      description: "Column of the quality, `good`, `uncertain`, `bad` or 0, 1, 2, beside `tagColumn`.",
      maxLength: 256,
    }),
  ),
});

const replayConfig = object({
  path: text({
    description: "The recording, from the folder `recordings` in the gateway's data folder.",
    maxLength: 1024,
  }),
  csv: optional(csv),
  speed: decimal({
    description: "How much faster than it was recorded; 0 is as fast as the gateway takes it.",
    minimum: 0,
    maximum: 1_000_000,
    default: 1,
  }),
  loop: flag({ description: "Begin again at the end.", default: false }),
  timestamps: choice(["now", "recorded"], { description: "What time readings carry.", default: "now" }),
});

export type ReplayConfig = Static<typeof replayConfig>;
export type CsvConfig = Static<typeof csv>;

export const replayKind = defineKind({
  kind: "replay",
  summary: "Sends recorded readings again, from a recording or a CSV file.",
  config: replayConfig,
  secrets: {},
  example: { path: "day.csv", csv: { delimiter: ";", tagColumn: "tag" }, speed: 10, loop: true },
  check: ({ path, csv: columns }) => [...pathProblems(path), ...columnProblems(path, columns)],
  sources: ({ path }) => [path],
  program: new URL("./main.ts", import.meta.url),
});

function pathProblems(path: string): ConfigProblem[] {
  const leaves = path.startsWith("/") || path.includes("\0") || path.split(/[/\\]/).includes("..");
  return leaves ? [{ path: "path", message: "leads out of the folder of recordings" }] : [];
}

function columnProblems(path: string, columns: CsvConfig | undefined): ConfigProblem[] {
  if (columns === undefined) {
    return path.endsWith(".csv")
      ? [{ path: "csv", message: "missing: what the columns are; {} for the defaults" }]
      : [];
  }
  if (columns.tagColumn !== undefined || columns.qualityColumn === undefined) return [];
  return [{ path: "csv.qualityColumn", message: "is of use beside tagColumn alone" }];
}
