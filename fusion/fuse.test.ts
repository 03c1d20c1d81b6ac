import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuse } from "./fuse.ts";
import { FusedInstance } from "./host/fused-instance.ts";
import { defaultFlowLimits } from "./limits.ts";
import { meter } from "./meter/meter.ts";
import { graphDocument, resolve } from "./testkit/random-flow.ts";

const catalog = await builtinCatalog();

/** Loads a fused flow as a gateway does. */
function started(wasm: Uint8Array): FusedInstance {
  const instance = new FusedInstance(new WebAssembly.Module(meter(wasm, defaultFlowLimits)), defaultFlowLimits);
  instance.configure();
  return instance;
}

describe("fusing", () => {
  it("gives the same bytes whatever the order of keys and wires", async () => {
    const [document] = fc.sample(graphDocument, { seed: 7, numRuns: 1 });
    const reversed = (record: object) => Object.fromEntries(Object.entries(record).reverse());
    const first = await fuse(resolve(document!, catalog), catalog);
    const again = { nodes: reversed(document!.nodes), wires: reversed(document!.wires) } as typeof document;
    const second = await fuse(resolve(again!, catalog), new Map([...catalog].reverse()));
    expect(second.digest).toBe(first.digest);
  });

  it("gives a module without imports that exports only the contract", async () => {
    const [document] = fc.sample(graphDocument, { seed: 1, numRuns: 1 });
    const { wasm } = await fuse(resolve(document!, catalog), catalog);
    const module = new WebAssembly.Module(wasm);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(
      WebAssembly.Module.exports(module)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      "configure",
      "control",
      "counters",
      "current_node",
      "execute_flow",
      "fuel_probe",
      "load_state",
      "memory",
      "preload_state",
      "profiling",
      "reserve",
      "save_state",
      "tick",
      "ticking",
    ]);
    expect(() => started(wasm)).not.toThrow();
  });
});
