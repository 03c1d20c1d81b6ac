import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, test } from "vitest";

const options = path.join(import.meta.dirname, "engine-options.ts");

/** What becomes of a function each of whose calls is one of many, in a process of its own, since the options are a process's. */
const script = `
import { setTimeout as sleep } from "node:timers/promises";
import { readingArtefact, setEngineOptions } from ${JSON.stringify(options)};
setEngineOptions();
let made = 0;
const fresh = () => new Function("sum", "return sum + " + made++);
async function becomesOptimised(rounds) {
  const called = fresh();
  for (let round = 0; round < rounds; round++) {
    for (let call = 0; call < 100; call++) called(call);
    if (%GetOptimizationStatus(called) & 16) return true;
    await sleep(5);
  }
  return false;
}
%NeverOptimizeFunction(becomesOptimised);
const smallBytes = 50_000;
const few = 40;
const untilItIs = 10_000;
const during = await readingArtefact(smallBytes, () => becomesOptimised(few));
const ended = Promise.withResolvers();
const other = readingArtefact(smallBytes, () => ended.promise);
await readingArtefact(smallBytes, () => undefined);
const besideOther = await becomesOptimised(few);
ended.resolve();
await other;
await readingArtefact(smallBytes, () => Promise.reject(new Error("no artefact"))).catch(() => undefined);
const after = await becomesOptimised(untilItIs);
const large = await readingArtefact(10_000_000, () => becomesOptimised(untilItIs));
const largeAmidSmall = await readingArtefact(smallBytes, () =>
  readingArtefact(10_000_000, () => becomesOptimised(untilItIs)),
);
console.log(JSON.stringify({ during, besideOther, after, large, largeAmidSmall }));
`;

describe("reading an artefact", () => {
  it("lets the compilers rest for a small one, until all that are read are read or refused", async () => {
    const args = [
      "--allow-natives-syntax",
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "-e",
      script,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual({
      during: false,
      besideOther: false,
      after: true,
      large: true,
      largeAmidSmall: true,
    });
  });
});

/** Whether a function that has run is still compiled once an idle thread has collected its garbage. */
const collecting = `
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { setEngineOptions } from ${JSON.stringify(options)};
import { IdleCollector } from ${JSON.stringify(path.join(import.meta.dirname, "idle-collector.ts"))};
setEngineOptions();
if (process.argv[1] === "usual") setFlagsFromString("--flush-liftoff-code");
const wasm = Buffer.from("0061736d01000000010401600000030201000707010372756e00000a040102000b", "hex");
const { run } = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports;
run();
const before = %IsUncompiledWasmFunction(run);
new IdleCollector({ idleMs: 1, work: () => 0 }).leave();
await sleep(50);
console.log(JSON.stringify({ before, after: %IsUncompiledWasmFunction(run) }));
`;

test("what an idle thread collects leaves the code of flows, which the engine's usual options throw away", async () => {
  const args = [
    "--allow-natives-syntax",
    "--disable-warning=ExperimentalWarning",
    "--input-type=module",
    "-e",
    collecting,
  ];
  const [ours, usual] = await Promise.all(
    ["ours", "usual"].map(async (which) => (await promisify(execFile)(process.execPath, [...args, which])).stdout),
  );
  expect(JSON.parse(ours!)).toEqual({ before: false, after: false });
  expect(JSON.parse(usual!)).toEqual({ before: false, after: true });
});

test("the options leave WebAssembly that runs as it is", async () => {
  const program = fileURLToPath(import.meta.resolve("./testkit/options-amid-flows.ts"));
  const { stdout } = await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", program]);
  expect(stdout).toBe("all ran\n");
});
