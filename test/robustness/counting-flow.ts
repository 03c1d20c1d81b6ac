// A flow whose state can be told from outside: it counts the readings of its tag and writes each count to a file. And
// as many artefacts of it as a test wants, which differ in nothing but their digest.

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Digest } from "@flowfusion/graph";
import { sha256 } from "@flowfusion/graph";
import { fuseDocument } from "../system/flows.ts";
import { eventually } from "../system/gateway-process.ts";

export interface CountingArtefact {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly digest: Digest;
}

const customSection = 0;

/** Counts what comes in under the tag of this name. */
export async function countingFlow(name: string): Promise<(variant: number) => CountingArtefact> {
  const { wasm } = await fuseDocument({
    nodes: {
      in: { type: "tag_input", props: { tags: [name] } },
      count: { type: "counter" },
      out: { type: "file", props: { path: `${name}.jsonl` } },
    },
    wires: ["in.out -> count.in", "count.out -> out.in"],
  });
  return (variant) => {
    const content = Buffer.from(`\x07variant${variant}`, "latin1");
    const marked = new Uint8Array([...wasm, customSection, content.length, ...content]);
    return { wasm: marked, digest: sha256(marked) };
  };
}

/** The count that the flow gave the reading of this time, once it has written it. */
export async function countAt(dataDir: string, name: string, timestampNs: bigint): Promise<number> {
  return eventually(async () => {
    const lines = (await readFile(path.join(dataDir, "output", `${name}.jsonl`), "utf8")).split("\n");
    // Nanoseconds are the end of the time as it is written.
    const line = lines.findLast((text) => text.includes(`${String(timestampNs % 1_000_000_000n).padStart(9, "0")}Z`));
    if (line === undefined) throw new Error(`${name} has not written the reading of ${timestampNs}`);
    return Number((JSON.parse(line) as { value: unknown }).value);
  });
}
