// Runs what a node was mapped to, fused, on payloads.

import { fuse, simulate } from "@flowfusion/fusion";
import {
  decodeMessage,
  type GraphDocument,
  type Message,
  type MessageValue,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import type { MapContext, Mapping } from "./mapping.ts";

export interface Sent {
  readonly topic: string;
  readonly value: MessageValue;
}

/** What comes out at each output of the Node-RED node; payloads come a second apart. */
export async function runMapping(
  { specs, inputs, outputs, inner }: Mapping,
  payloads: readonly MessageValue[],
  topic = "a/b",
): Promise<Sent[][]> {
  const nodes: Record<string, GraphDocument["nodes"][string]> = {
    source: { type: "tag_input", props: { tags: ["#"] } },
  };
  const wires: string[] = [];
  specs.forEach(({ type, props }, index) => {
    nodes[`n${index}`] = { type, props };
  });
  for (const [index, port] of inputs) wires.push(`source.out -> n${index}.${port}`);
  for (const [[a, x], [b, y]] of inner) wires.push(`n${a}.${x} -> n${b}.${y}`);
  outputs.forEach((ports, output) => {
    if (ports.length === 0) return;
    nodes[`out${output}`] = { type: "file", props: { path: "out.jsonl" } };
    for (const [index, port] of ports) wires.push(`n${index}.${port} -> out${output}.in`);
  });
  const catalog = await builtinCatalog();
  const graph = resolveGraph(parseGraph({ nodes, wires }), catalog);
  const readings = payloads.map(
    (value, index): Message => ({ topic, timestampNs: BigInt(index) * 1_000_000_000n, quality: 0, value }),
  );
  const sent = outputs.map((): Sent[] => []);
  await simulate(await fuse(graph, catalog), [readings], ({ node, isLog, bytes }) => {
    const message = decodeMessage(bytes);
    if (!isLog) sent[Number(node.slice(3))]!.push({ topic: message.topic, value: message.value });
  });
  return sent;
}

export const noContext: MapContext = {
  config: () => undefined,
  isFedByRegister: false,
  isFedByBroker: false,
  after: [],
};
