import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Message, messageJson } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRecording } from "./recording.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "flowfusion-recording-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Uint8Array): Promise<Message[]> {
  const file = path.join(folder, "recording");
  await writeFile(file, content);
  const readings: Message[] = [];
  for await (const batch of readRecording(file)) readings.push(...batch);
  return readings;
}

const reading = (value: Message["value"], timestampNs = 5n): Message => ({
  topic: "größe/1",
  timestampNs,
  quality: 1,
  value,
});

function batches(...groups: readonly (readonly Message[])[]): Buffer {
  return Buffer.concat(
    groups.flatMap((messages) => {
      const updates = messages.map(({ topic, ...rest }) => ({ tag: topic, ...rest }));
      const batch = encodeTagUpdateBatch({ source: "driver", updates });
      const length = Buffer.alloc(4);
      length.writeUInt32LE(batch.length);
      return [length, batch];
    }),
  );
}

describe("a recording of lines", () => {
  const lines = [reading(1.5), reading(true, 6n), reading("x", 7n)];
  it.each([
    ["with a line feed at its end", `${lines.map(messageJson).join("\n")}\n`],
    ["without one", lines.map(messageJson).join("\n")],
    ["with empty lines and carriage returns", `\n\n${lines.map(messageJson).join("\r\n")}\r\n`],
  ])("is read %s", async (_, text) => {
    expect(await read(text)).toEqual(lines);
  });

  it("is read piece by piece", async () => {
    const many = Array.from({ length: 40_000 }, (_, index) => reading(index, BigInt(index)));
    expect(await read(many.map((one) => `${messageJson(one)}\n`).join(""))).toEqual(many);
  });

  it("is refused with the number of the line", async () => {
    await expect(read(`${messageJson(reading(1))}\n\n{"topic":1}\n`)).rejects.toMatchObject({
      code: "FF_RECORDING_INVALID",
      message: `${path.join(folder, "recording")}:3: \`topic\` is a text`,
    });
  });
});

describe("a recording of batches", () => {
  const all = [
    reading(1.5),
    reading(2n ** 62n),
    reading(null),
    reading(Uint8Array.of(1, 2)),
    reading("x"),
    reading(false),
  ];

  it("is read with every kind of value, batch by batch", async () => {
    expect(await read(batches(all, [], [reading(9)]))).toEqual([...all, reading(9)]);
  });

  it("is read piece by piece", async () => {
    const groups = Array.from({ length: 3_000 }, (_, index) => Array.from({ length: 20 }, () => reading(index)));
    expect(await read(batches(...groups))).toEqual(groups.flat());
  });

  it.each([
    ["a batch cut off", batches(all).subarray(0, -1), "1: the file ends in the middle of a batch"],
    [
      "a length cut off",
      Buffer.concat([batches(all), Buffer.from([9, 0])]),
      "2: the file ends in the middle of a batch",
    ],
    ["a batch of another format", Buffer.concat([batches(all), Buffer.from([3, 0, 0, 0, 255, 255, 255])]), "2: "],
  ])("is refused with the number of the batch: %s", async (_, content, words) => {
    await expect(read(content)).rejects.toMatchObject({
      code: "FF_RECORDING_INVALID",
      message: expect.stringContaining(`recording:${words}`),
    });
  });
});

describe("a file", () => {
  it("that is empty holds no readings", async () => {
    expect(await read("")).toEqual([]);
  });

  it("that is not there is named", async () => {
    const missing = readRecording(path.join(folder, "missing"));
    await expect(missing.next()).rejects.toMatchObject({
      code: "FF_RECORDING_FILE",
      message: expect.stringContaining("missing"),
    });
  });
});
