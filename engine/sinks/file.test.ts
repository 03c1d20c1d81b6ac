import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { framesOf, malformedFrame, message, numbered, someOrigin } from "./testkit/messages.ts";
import { fileSink } from "./testkit/sinks.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-file-sink-"));
});

afterEach(() => rm(folder, { recursive: true }));

const read = (name: string) => readFile(path.join(folder, name), "utf8");
const linesOf = (text: string) => text.split("\n").slice(0, -1);

describe("the file sink", () => {
  test("appends one JSON document a line, in order, and makes the folders it needs", async () => {
    const sink = fileSink(folder, { path: "a/b/out.jsonl" });
    const first = framesOf([message("x", 1.5, 1n), message("y", "two\nlines", 2n)]);
    expect(await sink.send(first, someOrigin)).toEqual({ bytes: first.length, dropped: { malformed: 0 } });
    await sink.send(framesOf(numbered(3)), someOrigin);
    await sink.close();
    const lines = linesOf(await read("a/b/out.jsonl")).map((line) => JSON.parse(line) as { value: unknown });
    expect(lines.map(({ value }) => value)).toEqual([1.5, "two\nlines", 0, 1, 2]);
  });

  test("goes on behind what an earlier run wrote, on a new line where that was torn", async () => {
    await writeFile(path.join(folder, "whole"), "{}\n");
    await writeFile(path.join(folder, "torn"), '{}\n{"topi');
    for (const name of ["whole", "torn"]) {
      const sink = fileSink(folder, { path: name });
      await sink.send(framesOf(numbered(1)), someOrigin);
      await sink.close();
    }
    expect(linesOf(await read("whole"))).toEqual(["{}", expect.stringContaining('"value":0')]);
    expect(linesOf(await read("torn"))).toEqual(["{}", '{"topi', expect.stringContaining('"value":0')]);
  });

  test("counts a message that cannot be decoded and writes the others", async () => {
    const sink = fileSink(folder, { path: "out" });
    const frames = Buffer.concat([framesOf(numbered(1)), malformedFrame(), framesOf(numbered(1, 1))]);
    expect(await sink.send(frames, someOrigin)).toEqual({ bytes: frames.length, dropped: { malformed: 1 } });
    await sink.close();
    expect(linesOf(await read("out"))).toHaveLength(2);
  });

  test.each(["../out", "a/../../out", "/etc/passwd", ".", "a/..", "", "out\0.jsonl"])("refuses the path %j", (name) => {
    expect(() => fileSink(folder, { path: name })).toThrow(
      `path ${JSON.stringify(name)} is not a file in the gateway's output folder; give a relative path within it`,
    );
  });

  test("fails, and can be tried again, while its path is a folder", async () => {
    await mkdir(path.join(folder, "out"));
    const sink = fileSink(folder, { path: "out" });
    await expect(sink.send(framesOf(numbered(1)), someOrigin)).rejects.toThrow("EISDIR");
    await rm(path.join(folder, "out"), { recursive: true });
    await sink.send(framesOf(numbered(1)), someOrigin);
    await sink.close();
    expect(linesOf(await read("out"))).toHaveLength(1);
  });

  test("leaves no torn and no doubled line when the disk is full within a block, and goes on when it is not", async () => {
    // A process of its own with a limit on file sizes: the write that meets it is cut in the middle, as on a full disk.
    const script = fileURLToPath(import.meta.resolve("./testkit/limited-file-writer.ts"));
    const child = spawn("bash", ["-c", `ulimit -S -f 64; exec "$0" "$1" "$2"`, process.execPath, script, folder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const output = child.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
    expect((await output.next()).value).toMatch(/^failed: EFBIG/);
    const partial = await read("out");
    expect(partial.endsWith("\n")).toBe(true);
    const before = linesOf(partial).length;
    const raised = spawn("bash", ["-c", `prlimit --pid=${child.pid} --fsize=unlimited`], { stdio: "inherit" });
    expect(await new Promise((resolve) => raised.on("exit", resolve))).toBe(0);
    child.stdin.end("go on\n");
    expect(await new Promise((resolve) => child.on("exit", resolve))).toBe(0);
    const values = linesOf(await read("out")).map((line) => (JSON.parse(line) as { value: number }).value);
    expect(values).toEqual(Array.from({ length: values.length }, (_, index) => index));
    expect(values.length).toBeGreaterThan(before);
  });
});
