import { spawn } from "node:child_process";
import {
  appendFile,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
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

  test.each(["never", "second", "batch"])("makes folders as the umask has them, with fsync %s", async (fsync) => {
    const sink = fileSink(folder, { path: "a/b/out.jsonl", fsync });
    await sink.send(framesOf(numbered(1)), someOrigin);
    await sink.close();
    const modes = ["a", "a/b"].map(async (name) => (await stat(path.join(folder, name))).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o777 & ~process.umask(), 0o777 & ~process.umask()]);
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

  const rotated = async () => (await readdir(folder)).filter((name) => name !== "out").sort();

  test("begins a new file before a block that would make one too large, and keeps the newest", async () => {
    const one = framesOf(numbered(10));
    const sink = fileSink(folder, { rotateBytes: 2_000, keptMax: 2 });
    for (let block = 0; block < 12; block++) await sink.send(framesOf(numbered(10, block * 10)), someOrigin);
    await sink.close();
    expect(one.length).toBeLessThan(2_000);
    const kept = await rotated();
    expect(kept).toHaveLength(2);
    const lines: number[] = [];
    for (const name of [...kept, "out"]) {
      const text = await read(name);
      expect(text.length).toBeLessThanOrEqual(2_000);
      lines.push(...linesOf(text).map((line) => (JSON.parse(line) as { value: number }).value));
    }
    expect(lines).toEqual(lines.map((_, index) => lines[0]! + index));
    expect(lines.at(-1)).toBe(119);
  });

  test("begins a new file when one is too old, named by the time of that", async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const sink = fileSink(folder, { path: "a.b.csv", encoding: "csv", rotateMs: 60_000 }, () => nowMs);
    await sink.send(framesOf(numbered(1)), someOrigin);
    nowMs += 59_999;
    await sink.send(framesOf(numbered(1, 1)), someOrigin);
    nowMs += 1;
    await sink.send(framesOf(numbered(1, 2)), someOrigin);
    await sink.close();
    expect((await readdir(folder)).sort()).toEqual(["a.b.2026-01-01T00-01-00.000Z.csv", "a.b.csv"]);
    const header = "timestamp,topic,quality,value";
    expect(linesOf(await read("a.b.2026-01-01T00-01-00.000Z.csv"))).toEqual([
      header,
      expect.stringMatching(/,n,good,0$/),
      expect.stringMatching(/,n,good,1$/),
    ]);
    expect(linesOf(await read("a.b.csv"))).toEqual([header, expect.stringMatching(/,n,good,2$/)]);
  });

  test("never overwrites a rotated file, however often it rotates at one time", async () => {
    const sink = fileSink(folder, { rotateBytes: 10 }, () => 0);
    for (let block = 0; block < 5; block++) await sink.send(framesOf(numbered(1, block)), someOrigin);
    await sink.close();
    expect(await rotated()).toHaveLength(4);
  });

  test.each([1, 2])(
    "never overwrites what another flow has rotated at the same time, on %i threads",
    async (threads) => {
      const flows = 8;
      const blocks = 40;
      // A thread has the module for itself.
      const makes = [fileSink];
      for (vi.resetModules(); makes.length < threads; ) makes.push((await import("./testkit/sinks.ts")).fileSink);
      const sinks = Array.from({ length: flows }, (_, flow) =>
        makes[flow % threads]!(folder, { path: "out", rotateBytes: 150 }, () => 0),
      );
      await Promise.all(
        sinks.map(async (sink, flow) => {
          for (let block = 0; block < blocks; block++) {
            const frames = framesOf(numbered(1, flow * blocks + block));
            // As a queue does: it may have been moved away under it.
            while (!(await sink.send(frames, someOrigin).catch(() => undefined)));
          }
          await sink.close();
        }),
      );
      const files = await Promise.all((await readdir(folder)).map(read));
      const values = files.flatMap(linesOf).map((line) => (JSON.parse(line) as { value: number }).value);
      expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: flows * blocks }, (_, index) => index));
    },
  );

  test("keeps the newest files, and rotates in its time, when the clock is put back", async () => {
    let nowMs = Date.parse("2026-11-27T07:00:00Z");
    const sink = fileSink(folder, { rotateMs: 60_000, keptMax: 2 }, () => nowMs);
    const write = (value: number) => sink.send(framesOf(numbered(1, value)), someOrigin);
    for (const value of [0, 1, 2]) {
      await write(value);
      nowMs += 60_000;
    }
    nowMs = Date.parse("1970-01-01T00:00:10Z");
    await write(3);
    nowMs += 60_000;
    await write(4);
    await sink.close();
    expect(linesOf(await read("out"))).toEqual([expect.stringContaining('"value":4')]);
    const kept = await Promise.all((await rotated()).sort().map(read));
    const numberIn = (line: string) => (JSON.parse(line) as { value: number }).value;
    expect(kept.map((file) => linesOf(file).map(numberIn))).toEqual([[1], [2, 3]]);
  });

  test("goes on in a new file when somebody else has moved or deleted the one it had", async () => {
    const sink = fileSink(folder);
    await sink.send(framesOf(numbered(1)), someOrigin);
    await rename(path.join(folder, "out"), path.join(folder, "moved"));
    await sink.send(framesOf(numbered(1, 1)), someOrigin);
    expect(linesOf(await read("moved"))).toHaveLength(1);
    expect(linesOf(await read("out"))).toHaveLength(1);
    await rm(path.join(folder, "out"));
    await sink.send(framesOf(numbered(1, 2)), someOrigin);
    await sink.close();
    expect(linesOf(await read("out"))).toEqual([expect.stringContaining('"value":2')]);
  });

  test("leaves what another flow wrote behind a block that failed, and goes on on a new line", async () => {
    const sink = fileSink(folder);
    await sink.send(framesOf(numbered(1)), someOrigin);
    const handles = await prototypeOfHandles();
    const write = vi.spyOn(handles, "write");
    try {
      write.mockImplementationOnce(async function (this: FileHandle, block) {
        const half = (block as unknown as Uint8Array).subarray(0, 20);
        await this.appendFile(half);
        await appendFile(path.join(folder, "out"), '\n{"value":"theirs"}\n');
        return { bytesWritten: half.length, buffer: block } as never;
      });
      write.mockRejectedValueOnce(new Error("ENOSPC"));
      await expect(sink.send(framesOf(numbered(1, 1)), someOrigin)).rejects.toThrow("ENOSPC");
    } finally {
      write.mockRestore();
    }
    await sink.send(framesOf(numbered(1, 1)), someOrigin);
    await sink.close();
    const [first, torn, theirs, again, ...more] = linesOf(await read("out"));
    expect(first).toContain('"value":0');
    expect(torn).toHaveLength(20);
    expect(theirs).toBe('{"value":"theirs"}');
    expect(again).toContain('"value":1');
    expect(more).toEqual([]);
  });

  test("writes a few blocks at once, however many flows send", async () => {
    const handles = await prototypeOfHandles();
    const original = Reflect.get(handles, "write") as (...args: unknown[]) => Promise<never>;
    let writing = 0;
    let atOnce = 0;
    const write = vi.spyOn(handles, "write").mockImplementation(async function (this: FileHandle, ...args) {
      atOnce = Math.max(atOnce, ++writing);
      try {
        return await original.apply(this, args);
      } finally {
        writing--;
      }
    });
    try {
      const sinks = Array.from({ length: 100 }, (_, index) => fileSink(folder, { path: `out-${index}` }));
      await Promise.all(sinks.map((sink, index) => sink.send(framesOf(numbered(1, index)), someOrigin)));
      await Promise.all(sinks.map((sink) => sink.close()));
    } finally {
      write.mockRestore();
    }
    expect(atOnce).toBeGreaterThan(1);
    expect(atOnce).toBeLessThanOrEqual(8);
    const lines = await Promise.all(Array.from({ length: 100 }, (_, index) => read(`out-${index}`)));
    expect(lines).toEqual(lines.map((_, index) => expect.stringMatching(`^[^\n]*"value":${index}}\n$`)));
  });

  test("is not opened again by what waits when it is closed", async () => {
    const sinks = Array.from({ length: 20 }, (_, index) => fileSink(folder, { path: `out-${index}` }));
    const sent = sinks.map((sink) => sink.send(framesOf(numbered(1)), someOrigin));
    const last = expect(sent.at(-1)).rejects.toThrow("closed");
    await sinks.at(-1)!.close();
    await Promise.all([...sent.slice(0, -1), last]);
    await Promise.all(sinks.map((sink) => sink.close()));
    expect(await readdir(folder)).not.toContain("out-19");
  });

  test("writes no second header into a CSV file that it continues", async () => {
    for (let run = 0; run < 2; run++) {
      const sink = fileSink(folder, { encoding: "csv", fsync: "batch" });
      await sink.send(framesOf(numbered(1, run)), someOrigin);
      await sink.close();
    }
    expect(linesOf(await read("out"))).toHaveLength(3);
  });

  test("syncs at each batch, or within a second of the last write, or not at all", async () => {
    const synced = vi.spyOn(await prototypeOfHandles(), "datasync");
    const countFor = async (fsync: string) => {
      synced.mockClear();
      const sink = fileSink(folder, { path: fsync, fsync });
      for (let block = 0; block < 3; block++) await sink.send(framesOf(numbered(1)), someOrigin);
      const atOnce = synced.mock.calls.length;
      vi.advanceTimersByTime(1_000);
      const withinASecond = synced.mock.calls.length;
      await sink.close();
      return [atOnce, withinASecond, synced.mock.calls.length];
    };
    try {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      expect(await countFor("never")).toEqual([0, 0, 0]);
      expect(await countFor("second")).toEqual([0, 1, 1]);
      expect(await countFor("batch")).toEqual([3, 3, 3]);
    } finally {
      vi.useRealTimers();
      synced.mockRestore();
    }
  });
});

/** Node.js does not export the class of file handles. */
async function prototypeOfHandles(): Promise<FileHandle> {
  const file = await open(path.join(folder, "probe"), "w");
  await file.close();
  return Object.getPrototypeOf(file) as FileHandle;
}
