import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Message } from "@flowfusion/graph";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CsvRows, readCsv } from "./csv.ts";
import { type CsvConfig, replayKind } from "./kind.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ff-csv-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(content: string, csv: object = {}): Promise<Message[]> {
  const { value, problems } = replayKind.checkConfig({ path: "x", csv });
  expect(problems).toEqual([]);
  const path = join(folder, "data.csv");
  writeFileSync(path, content);
  const readings: Message[] = [];
  for await (const batch of readCsv(path, (value as { csv: CsvConfig }).csv)) readings.push(...batch);
  return readings;
}

const noonNs = 1_769_860_800_000_000_000n;

describe("rows", () => {
  const rowsOf = (...pieces: readonly string[]) => {
    const reader = new CsvRows(",");
    return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  };

  test.each([
    [
      "plain fields",
      "a,b\nc,d\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["no line end at the end", "a,b", [["a", "b"]]],
    ["line ends of every kind", "a\r\nb\rc\nd", [["a"], ["b"], ["c"], ["d"]]],
    ["quotes around what would end a field", '"a,b","c\r\nd"\n', [["a,b", "c\r\nd"]]],
    ["doubled quotes", '"say ""hi""",""\n', [['say "hi"', ""]]],
    ["quotes inside a field", 'a"b,c\n', [['a"b', "c"]]],
    [
      "empty fields",
      ",\n,,",
      [
        ["", ""],
        ["", "", ""],
      ],
    ],
    ["an empty file", "", []],
  ])("have %s", (_, text, rows) => {
    expect(rowsOf(text)).toEqual(rows);
    expect(rowsOf(...text)).toEqual(rows);
  });

  test.each([
    ["the end inside quotes", '"a', "the file ends inside quotes"],
    ["text behind quotes", '"a"b', "a quoted field goes on behind its quotes"],
    ["a row without end", "x".repeat(1_100_000), "a row of more than 1048576 characters"],
  ])("are refused with %s", (_, text, message) => {
    expect(() => rowsOf(text)).toThrow(message);
  });

  test("are read as they were written, wherever the text is cut", () => {
    const rows = fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.nat(), (written, at) => {
        const quoted = written.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(","));
        const text = quoted.map((row) => `${row}\r\n`).join("");
        const cut = at % (text.length + 1);
        expect(rowsOf(text.slice(0, cut), text.slice(cut))).toEqual(written);
      }),
    );
  });
});

describe("readings", () => {
  test("are one for each column of a row", async () => {
    const content =
      "\uFEFFtimestamp,temp,door,note\n2026-01-31T12:00:00Z,21.5,true,ok\n2026-01-31T12:00:01.5Z,,false,\n";
    expect(await read(content)).toEqual([
      { topic: "temp", timestampNs: noonNs, quality: 0, value: 21.5 },
      { topic: "door", timestampNs: noonNs, quality: 0, value: true },
      { topic: "note", timestampNs: noonNs, quality: 0, value: "ok" },
      { topic: "door", timestampNs: noonNs + 1_500_000_000n, quality: 0, value: false },
    ]);
  });

  test("are one for each row where a column names the tag", async () => {
    const content = "tag;t;v;q\na/b;1769860800.25;1;Good\na/b;1769860801;;bad\n";
    const columns = { tagColumn: "tag", timestampColumn: "t", valueColumn: "v", qualityColumn: "q" };
    expect(await read(content, { ...columns, delimiter: ";", timestampUnit: "s" })).toEqual([
      { topic: "a/b", timestampNs: noonNs + 250_000_000n, quality: 0, value: 1 },
      { topic: "a/b", timestampNs: noonNs + 1_000_000_000n, quality: 2, value: null },
    ]);
  });

  test.each([
    ["71,5", 71.5],
    ["-0,25", -0.25],
    ["71", 71],
    // One between thousands, or a decimal one? Nobody knows, so it is what was written.
    ["1.500", "1.500"],
    ["1.234,5", "1.234,5"],
    ["1,2,3", "1,2,3"],
    ["true", true],
  ])("have a number with a decimal comma where that is said: %s", async (field, value) => {
    const [reading] = await read(`timestamp;a\n2026-01-31T12:00:00Z;${field}\n`, { delimiter: ";", decimal: "," });
    expect(reading?.value).toBe(value);
  });

  test.each([
    ["iso8601", "2026-01-31T12:00:00.123456789Z", 123_456_789n],
    ["iso8601", "2026-01-31T13:00:00+01:00", 0n],
    ["iso8601", "2026-01-31 12:00:00", 0n],
    ["ms", "1769860800000.5", 500_000n],
    ["us", "1769860800000001", 1_000n],
    ["ns", "1769860800000000001", 1n],
  ])("have their time in %s: %s", async (timestampUnit, time, belowNs) => {
    const [reading] = await read(`timestamp,a\n${time},1\n`, { timestampUnit });
    expect(reading?.timestampNs).toBe(noonNs + belowNs);
  });

  test.each([
    ["a column that is not there", "time,a\n", 'row 1: there is no column "timestamp"; there are time, a'],
    ["a row that is too short", "timestamp,a\n2026-01-31T12:00:00Z\n", "row 2: 1 fields, the header has 2"],
    [
      "a time that is none",
      "timestamp,a\nyesterday,1\n",
      'row 2: "yesterday" is no time in iso8601 between 1970 and 2554',
    ],
    ["an open quote", 'timestamp,a\n"2026', "after row 1: the file ends inside quotes"],
  ])("are refused with %s, and the row", async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      code: "FF_RECORDING_INVALID",
      message: expect.stringContaining(message),
    });
  });

  test("are as many as the file has, however large it is", async () => {
    const rows = Array.from({ length: 50_000 }, (_, n) => `${n},${n}`);
    const readings = await read(`timestamp,a\n${rows.join("\n")}\n`, { timestampUnit: "ms" });
    expect(readings).toHaveLength(50_000);
    expect(readings.at(-1)).toEqual({ topic: "a", timestampNs: 49_999_000_000n, quality: 0, value: 49_999 });
  });
});
