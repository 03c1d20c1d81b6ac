// `flowfusion compile`, and the guide to other engines, done as it says.

import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { defaultFlowLimits, FusedInstance, meter } from "@flowfusion/fusion";
import { runScenario, Wasmtime } from "@flowfusion/fusion/testkit";
import { encodeMessage } from "@flowfusion/graph";
import { wasmtimeFolder } from "@flowfusion/nodekit-toolchains";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flowfusion, main, run } from "./flowfusion.ts";

const root = path.join(import.meta.dirname, "../..");
const wasmtime = new Wasmtime();

let folder: string;
const file = (name: string) => path.join(folder, name);
let blocks: { readonly kind: string; readonly text: string }[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "flowfusion-compile-"));
  const guide = await readFile(path.join(root, "docs/guides/other-engines.md"), "utf8");
  blocks = [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({ kind: kind!, text: text! }));
  await writeFile(file("flow.json"), blocks.find(({ kind }) => kind === "json")!.text);
  expect(await flowfusion(["fuse", "flow.json"], folder)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await wasmtime.stop();
  await rm(folder, { recursive: true, force: true });
});

const frames = Buffer.concat(
  [95, 50, 91].map((value) => {
    const message = encodeMessage({ topic: "boiler/1", timestampNs: 1n, quality: 0, value });
    return Buffer.concat([new Uint8Array(Uint32Array.of(0, message.length).buffer), message]);
  }),
);

describe("flowfusion compile", () => {
  test.each([[[]], [["--unmetered"]]])(
    "%j makes of a flow what does the same in wasmtime as the flow in V8",
    async (options) => {
      const { code, stdout } = await flowfusion(
        ["compile", "Flow.wasm", "--target", "cwasm", "-o", "a.cwasm", "--json", ...options],
        folder,
      );
      const compiled = await readFile(file("a.cwasm"));
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        output: "a.cwasm",
        target: "cwasm",
        wasmtime: expect.stringMatching(/^\d+\.\d+\.\d+/),
        metered: options.length === 0,
        sizeBytes: compiled.length,
      });
      const module = new WebAssembly.Module(meter(await readFile(file("Flow.wasm")), defaultFlowLimits));
      const parts = [{ frames, nowNs: 5n }];
      const seen = runScenario(() => new FusedInstance(module, defaultFlowLimits), parts);
      expect(seen).toMatchObject([
        {
          consumed: frames.length,
          counters: [
            [2, 2, 0, 0, 0],
            [3, 2, 1, 0, 0],
            [3, 3, 0, 0, 0],
          ],
        },
      ]);
      expect(await wasmtime.run(compiled, [{ fuel: defaultFlowLimits, parts }], { isCompiled: true })).toEqual([seen]);
    },
  );

  test("says that there is no wasmtime, and what to do, and writes nothing", async () => {
    const env = { HOME: folder, PATH: folder, FLOWFUSION_CACHE: folder };
    const args = [main, "compile", "Flow.wasm", "--target", "cwasm", "-o", "none.cwasm"];
    const { code, stdout, stderr } = await run(process.execPath, args, folder, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/no wasmtime was found.*pip install wasmtime==[\d.]+.*\[FF_CLI_WASMTIME\]/);
    await expect(readFile(file("none.cwasm"))).rejects.toThrow("ENOENT");
  });

  const refused: [args: string[], code: number, words: string][] = [
    [[], 2, "FLOW.wasm is missing"],
    [["Flow.wasm"], 2, "--target is missing: cwasm"],
    [["Flow.wasm", "--target", "elf"], 2, "--target elf: cwasm expected"],
    [["flow.json", "--target", "cwasm"], 1, "flow.json: malformed module: not a WebAssembly module"],
    [["none.wasm", "--target", "cwasm"], 1, "none.wasm: cannot be read"],
  ];
  test.each(refused)("%j ends with %i", async (args, code, words) => {
    const ended = await flowfusion(["compile", ...args], folder);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toContain(words);
  });
});

test("the guide to other engines does what it says", async () => {
  const command = file("flowfusion");
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  await chmod(command, 0o755);
  // With a cache of its own, since the page shows how it is where the flow was never fused.
  const own = { XDG_CACHE_HOME: folder, PATH: `${folder}:${process.env.PATH}`, PYTHONPATH: wasmtimeFolder() };
  const env = { ...process.env, ...own };
  const [shell, python] = ["sh", "python"].map((kind) => blocks.findIndex((block) => block.kind === kind)) as [
    number,
    number,
  ];
  const made = await run("sh", ["-euc", blocks[shell]!.text], folder, env);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.stdout).toMatch(new RegExp(blocks[shell + 1]!.text.replaceAll(".", "\\.").replaceAll("…", ".*")));
  const ran = await run("python3", ["-c", blocks[python]!.text], folder, env);
  expect(ran).toEqual({ code: 0, stdout: blocks[python + 1]!.text, stderr: "" });
});
