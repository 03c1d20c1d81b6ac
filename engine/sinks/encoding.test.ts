import { execFileSync } from "node:child_process";
import { decodeTagUpdateBatch } from "@flowfusion/proto";
import { describe, expect, test } from "vitest";
import { createEncoding, csvHeader } from "./encoding.ts";
import { message } from "./testkit/messages.ts";

const second = 1_000_000_000n;
const messages = [
  message("a", 1.5, second),
  message("b", 9_007_199_254_740_993n, 2n * second),
  { ...message('say "hi", all', 'two\nlines, "quoted"', 3n * second), quality: 1 as const },
  message("flag", true, 4n * second),
  { ...message("none", null, 5n * second), quality: 2 as const },
  message("bytes", new Uint8Array([1, 2, 255]), 6n * second),
  message("nan", Number.NaN, 7n * second),
];

describe("an encoding", () => {
  test("as JSON is an object for one message, an array for several", () => {
    const json = createEncoding("json", "s");
    expect(JSON.parse(json.one(messages[0]!) as string)).toMatchObject({ topic: "a", value: 1.5 });
    const all = JSON.parse(json.batch(messages) as string) as { value: unknown; quality: string }[];
    expect(all.map(({ value }) => value)).toEqual([
      1.5,
      "9007199254740993",
      'two\nlines, "quoted"',
      true,
      null,
      "AQL/",
      "NaN",
    ]);
    expect(all.map(({ quality }) => quality)).toEqual(["good", "good", "uncertain", "good", "bad", "good", "good"]);
  });

  test("as CSV quotes what needs it, and has a header for several", () => {
    const csv = createEncoding("csv", "s");
    expect(csv.one(messages[0]!)).toBe("1970-01-01T00:00:01.000000000Z,a,good,1.5\n");
    expect(csv.batch(messages)).toBe(
      `${csvHeader}1970-01-01T00:00:01.000000000Z,a,good,1.5
1970-01-01T00:00:02.000000000Z,b,good,9007199254740993
1970-01-01T00:00:03.000000000Z,"say ""hi"", all",uncertain,"two\nlines, ""quoted"""
1970-01-01T00:00:04.000000000Z,flag,good,true
1970-01-01T00:00:05.000000000Z,none,bad,
1970-01-01T00:00:06.000000000Z,bytes,good,AQL/
1970-01-01T00:00:07.000000000Z,nan,good,NaN
`,
    );
  });

  test("as CSV is read by another's parser as it was, whatever texts there are, and tells no value from an empty text", () => {
    const texts = [
      "",
      " ",
      " x ",
      "a\0b",
      "\r",
      "a\r\nb",
      '"',
      '""',
      ",",
      "=1+1",
      "\ufeffx",
      "\u2028",
      "\u001a",
      "漢",
      "x".repeat(2 ** 20),
    ];
    const csv = createEncoding("csv", "s").batch(
      texts.flatMap((text) => [message(text, text), message(`${text}v`, 1)]),
    );
    const script =
      "import csv,json,sys\ncsv.field_size_limit(2**30)\nsys.stdin.reconfigure(encoding='utf-8',newline='')\nprint(json.dumps(list(csv.reader(sys.stdin))))";
    const rows = JSON.parse(
      execFileSync("python3", ["-c", script], { input: csv, maxBuffer: 2 ** 26 }).toString(),
    ) as string[][];
    expect(rows.slice(1).map(([, topic, , value]) => [topic, value])).toEqual(
      texts.flatMap((text) => [
        [text, text],
        [`${text}v`, "1"],
      ]),
    );
    const values = [null, "", new Uint8Array(0)].map((value) => createEncoding("csv", "s").one(message("t", value)));
    expect(values.map((line) => String(line).split(",")[3])).toEqual(["\n", '""\n', "\n"]);
  });

  test.each([-0, 5e-324, Number.MAX_VALUE, -1e21, 0.1])("as JSON and CSV gives %d back as the same number", (value) => {
    const read = (JSON.parse(createEncoding("json", "s").one(message("t", value)) as string) as { value: number })
      .value;
    expect(read).toBe(value);
    const field = String(createEncoding("csv", "s").one(message("t", value))).split(",")[3];
    expect(Number(field)).toBe(value);
  });

  test("as protobuf is a TagUpdateBatch, which loses nothing, and one does not overwrite the one before", () => {
    const protobuf = createEncoding("protobuf", "plant/out");
    const [first, all] = [protobuf.one(messages[1]!), protobuf.batch(messages)] as Buffer[];
    const asUpdate = ({ topic, ...rest }: (typeof messages)[number]) => ({ tag: topic, ...rest });
    expect(decodeTagUpdateBatch(first!)).toEqual({ source: "plant/out", updates: [asUpdate(messages[1]!)] });
    const { updates } = decodeTagUpdateBatch(all!);
    expect(
      updates.map((update) => ({
        ...update,
        value: update.value instanceof Uint8Array ? [...update.value] : update.value,
      })),
    ).toEqual(
      messages
        .map(asUpdate)
        .map((update) => ({ ...update, value: update.value instanceof Uint8Array ? [...update.value] : update.value })),
    );
  });
});
