import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { defaultFlowLimits, fuse, meter, shapeOf, unpackParts } from "@flowfusion/fusion";
import { parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MeteredFiles } from "../store/metered-files.ts";
import { wordyArtefact } from "../testkit/artefact.ts";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { MeteredModules } from "./metered-modules.ts";

const catalog = await builtinCatalog();

async function fused(tag: string, factor: number, type = "scale"): Promise<Uint8Array> {
  const document = {
    nodes: {
      in: { type: "tag_input", props: { tags: [tag] } },
      inner: { type, props: type === "scale" ? { factor } : { band: factor } },
      out: { type: "file", props: { path: `${tag}.jsonl` } },
    },
    wires: ["in.out -> inner.in", "inner.out -> out.in"],
  };
  return (await fuse(resolveGraph(parseGraph(document), catalog), catalog)).wasm;
}

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As a gateway that has just started: it knows nothing but the files. */
function started(): MeteredModules {
  const modules = new MeteredModules(new MeteredFiles(folder));
  modules.hold();
  return modules;
}

describe("a flow that is restored", () => {
  test("has what is its own, and the code of its shape, whether that is kept, met or new", async () => {
    const artefacts = [
      await fused("a", 3),
      await fused("b", 1 / 7),
      await fused("c", 2, "deadband"),
      await fused("d", 5),
    ];
    const before = started();
    const modules = [];
    for (const artefact of artefacts) {
      const { metered, parts } = await before.of(artefact, defaultFlowLimits);
      expect(unpackParts(parts)).toEqual(unpackParts(shapeOf(artefact).parts));
      modules.push(metered);
    }
    expect(new Set(modules).size).toBe(2);
    expect(await readdir(folder)).toHaveLength(2);

    const after = started();
    const again = [];
    for (const artefact of artefacts.toReversed()) {
      const { metered, parts } = await after.of(artefact, defaultFlowLimits);
      expect(unpackParts(parts)).toEqual(unpackParts(shapeOf(artefact).parts));
      again.unshift(metered);
    }
    expect(new Set(again).size).toBe(2);
    expect(again[0]).toBe(again[1]);
    expect(again.map((module) => WebAssembly.Module.exports(module))).toEqual(
      modules.map((module) => WebAssembly.Module.exports(module)),
    );
    after.release();
    expect((await after.of(artefacts[1]!, defaultFlowLimits)).metered).toBe(again[0]);
  });

  test("gives its memory back where its shape is met, and keeps what tells of a new one", async () => {
    const [first, other] = [Uint8Array.from(await fused("a", 3)), Uint8Array.from(await fused("b", 4))];
    const whole = first.length;
    const modules = started();
    const { metered } = await modules.of(first, defaultFlowLimits);
    expect((await modules.of(other, defaultFlowLimits)).metered).toBe(metered);
    expect([first.length, other.length]).toEqual([whole, 0]);
  });

  test("takes its shape from the file, not from its code", async () => {
    const [first, other] = [await fused("a", 3), await fused("b", 4)];
    await started().of(first, defaultFlowLimits);
    const files = new MeteredFiles(folder);
    const [name] = files.names();
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await files.write(name!, { ...files.read(name!)!, metered: empty });
    expect(WebAssembly.Module.exports((await started().of(other, defaultFlowLimits)).metered)).toEqual([]);
  });

  test("is metered anew under other limits, and where the file is damaged", async () => {
    const artefact = await fused("a", 3);
    const { metered } = await started().of(artefact, defaultFlowLimits);
    const exported = WebAssembly.Module.exports(metered);
    const [name] = await readdir(folder);
    await started().of(artefact, { ...defaultFlowLimits, maxPagesPerMemory: 64 });
    expect(await readdir(folder)).toHaveLength(2);

    const file = path.join(folder, name!);
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, -1));
    expect(WebAssembly.Module.exports((await started().of(artefact, defaultFlowLimits)).metered)).toEqual(exported);
    expect(await readFile(file)).toEqual(whole);
  });
});

test("a large artefact leaves the thread to others while it is metered", async () => {
  const modules = new MeteredModules(new MeteredFiles(folder));
  const { wasm } = wordyArtefact(32);
  const begun = process.threadCpuUsage();
  meter(wasm, defaultFlowLimits);
  const wholeMs = cpuMsSince(begun);

  let isDone = false;
  let heldMsMax = 0;
  const watched = (async () => {
    while (!isDone) {
      const turn = process.threadCpuUsage();
      await new Promise(setImmediate);
      heldMsMax = Math.max(heldMsMax, cpuMsSince(turn));
    }
  })();
  const { metered } = await modules.of(wasm, defaultFlowLimits);
  isDone = true;
  await watched;
  expect(WebAssembly.Module.exports(metered)).toContainEqual({ name: "ff_fuel", kind: "global" });
  expect(heldMsMax).toBeLessThan(wholeMs / 4);
});

/** What this thread has worked, whatever else the machine does. */
function cpuMsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1000;
}
