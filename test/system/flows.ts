// Flows for the system tests, and a PULL socket that their nng sinks push to.

import { type FusedFlow, fuse } from "@flowfusion/fusion";
import { type GraphDocument, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { decodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import { listenPull, type PullSocket } from "@flowfusion/transport";

export interface Document {
  readonly nodes: GraphDocument["nodes"];
  readonly wires: readonly string[];
}

export async function fuseDocument(
  document: Document,
): Promise<FusedFlow & { readonly wasm: Uint8Array<ArrayBuffer> }> {
  const catalog = await builtinCatalog();
  const fused = await fuse(resolveGraph(parseGraph(document), catalog), catalog);
  return { ...fused, wasm: Uint8Array.from(fused.wasm) };
}

/** Brings every update to `address`; `inner` nodes stand in a row between, joined by these ports. */
export function passing(
  address: string,
  ...inner: readonly (readonly [id: string, type: string, out: string])[]
): Document {
  const outs = [["in", "out"], ...inner.map(([id, , out]) => [id, out])] as const;
  const targets = [...inner.map(([id]) => id), "out"];
  return {
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      ...Object.fromEntries(inner.map(([id, type]) => [id, { type }])),
      out: { type: "nng", props: { address } },
    },
    wires: targets.map((target, index) => `${outs[index]![0]}.${outs[index]![1]} -> ${target}.in`),
  };
}

export class Receiver implements AsyncDisposable {
  readonly updates: TagUpdate[] = [];
  readonly address: string;
  readonly #pull: PullSocket;

  private constructor(pull: PullSocket) {
    this.#pull = pull;
    this.address = pull.address;
  }

  static async start(): Promise<Receiver> {
    const onFrame = (frame: Uint8Array) => {
      for (const update of decodeTagUpdateBatch(frame).updates) receiver.updates.push(update);
    };
    const receiver = new Receiver(await listenPull({ address: "tcp://127.0.0.1:0", onFrame }));
    return receiver;
  }

  /** What went wrong on the way, by the timestamps, which a driver never gives twice and always in rising order. */
  faults(): { readonly doubled: number; readonly outOfOrder: number } {
    const seen = new Set<bigint>();
    let doubled = 0;
    let outOfOrder = 0;
    let last = 0n;
    for (const { timestampNs } of this.updates) {
      if (seen.has(timestampNs)) doubled++;
      else if (timestampNs < last) outOfOrder++;
      seen.add(timestampNs);
      if (timestampNs > last) last = timestampNs;
    }
    return { doubled, outOfOrder };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pull.close();
  }
}
