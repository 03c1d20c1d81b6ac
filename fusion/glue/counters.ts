// Counters of messages. Counting is what a message on the short way spends most on, so only what nothing else tells is
// counted while messages run: frames that the host feeds, and emissions of nodes that may or may not emit. `counters`
// works out the rest when somebody asks:
//
//   messages in   frames, and the emissions of all wires that lead to the node
//   emissions     of a node whose `handle_scalar` gives a constant: one for each message in, on the ports of that constant;
//                 what it was handed whole is counted apart, since `handle` may do as it likes
//
// After a trap, messages that were on their way to a node when another one stopped the flow are counted as come.

import { controlBlock, countedWord, countedWords, counterWords } from "./layout.ts";
import type { Plan, PlannedNode } from "./plan.ts";

const portsMax = 4;

const addOne = (at: number): string =>
  `(i64.store $io (i32.const ${at}) (i64.add (i64.load $io (i32.const ${at})) (i64.const 1)))`;

const counted = ({ layout }: Plan, { index }: PlannedNode, word: number): number =>
  layout.countedStart + (index * countedWords + word) * 8;

export const countFrame = (plan: Plan, node: PlannedNode): string => addOne(counted(plan, node, countedWord.frames));

export const countEmission = (plan: Plan, node: PlannedNode, port: number): string =>
  addOne(counted(plan, node, countedWord.emissions + port));

/** A message that a node is handed whole; nothing where that makes no difference. */
export const countWhole = (plan: Plan, node: PlannedNode): string =>
  node.constantOutcome === undefined ? "" : addOne(counted(plan, node, countedWord.whole));

/** `counters`: brings the table at `countersStart` up to date; gives its address. */
export function countersFunction(plan: Plan): string {
  const { layout, nodes } = plan;
  const settled = ({ index }: PlannedNode, word: number) => layout.countersStart + (index * counterWords + word) * 8;
  const load = (at: number) => `(i64.load $io (i32.const ${at}))`;
  const sum = (terms: readonly string[]) =>
    terms.reduce((total, term) => `(i64.add ${total} ${term})`, "(i64.const 0)");
  const sources = new Map<number, [PlannedNode, number][]>();
  for (const node of nodes) {
    for (const [port, wires] of node.outputs.entries()) {
      for (const { target } of wires) sources.set(target, [...(sources.get(target) ?? []), [node, port]]);
    }
  }
  const settle = (node: PlannedNode) => {
    const arrived = (sources.get(node.index) ?? []).map(([source, port]) => load(settled(source, 1 + port)));
    const messagesIn = sum([load(counted(plan, node, countedWord.frames)), ...arrived]);
    const emissions = Array.from({ length: portsMax }, (_, port) => {
      const isAlways = ((node.constantOutcome ?? 0) >> port) & 1;
      const always = `(i64.sub ${load(settled(node, 0))} ${load(counted(plan, node, countedWord.whole))})`;
      const emitted = sum([load(counted(plan, node, countedWord.emissions + port)), ...(isAlways ? [always] : [])]);
      return `(i64.store $io (i32.const ${settled(node, 1 + port)}) ${emitted})`;
    });
    return `
(func $settle_${node.index}
  (i64.store $io (i32.const ${settled(node, 0)}) ${messagesIn})
  ${emissions.join("\n  ")})`;
  };
  return `${nodes.map(settle).join("")}
(func (export "counters") (result i32)
  ${inOrderOfWires(plan)
    .map(({ index }) => `(call $settle_${index})`)
    .join(" ")}
  (i32.load $io (i32.const ${layout.controlStart + controlBlock.countersStart})))`;
}

/** The nodes, each behind those that lead to it. */
function inOrderOfWires({ nodes }: Plan): PlannedNode[] {
  const missing = nodes.map(() => 0);
  for (const { target } of nodes.flatMap(({ outputs }) => outputs.flat())) missing[target]!++;
  const ordered = nodes.filter(({ index }) => missing[index] === 0);
  for (const node of ordered) {
    for (const { target } of node.outputs.flat()) {
      missing[target]!--;
      if (missing[target] === 0) ordered.push(nodes[target]!);
    }
  }
  return ordered;
}
