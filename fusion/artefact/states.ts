// Joins nodes' states to one saved state and splits it again, in JavaScript: what the glue does in WebAssembly.

import { type CanonicalNode, FlowFusionError, paddedTo8 } from "@flowfusion/graph";
import { concatenate } from "../glue/properties.ts";
import {
  stateChecksum,
  stateEntryHead,
  stateEntryHeaderBytes,
  stateHeaderBytes,
  stateMagic,
} from "../glue/state-format.ts";

export interface StateEntry {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly state: Uint8Array;
}

export function joinStates(
  states: readonly { readonly node: CanonicalNode; readonly state: Uint8Array }[],
): Uint8Array {
  const entries = states.flatMap(({ node, state }) => {
    const head = stateEntryHead(node);
    new DataView(head.buffer).setUint32(8, state.length, true);
    const padded = new Uint8Array(paddedTo8(state.length));
    padded.set(state);
    return [head, padded];
  });
  const body = concatenate(entries);
  const saved = new Uint8Array(stateHeaderBytes + body.length);
  const view = new DataView(saved.buffer);
  view.setUint32(0, stateMagic, true);
  view.setUint32(4, states.length, true);
  saved.set(body, stateHeaderBytes);
  view.setBigUint64(8, stateChecksum(saved), true);
  return saved;
}

/** The entries of a saved state. Throws `FF_FLOW_STATE_REFUSED` when it is damaged. */
export function splitStates(saved: Uint8Array): StateEntry[] {
  const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength);
  const isWhole =
    saved.length >= stateHeaderBytes &&
    saved.length % 8 === 0 &&
    view.getUint32(0, true) === stateMagic &&
    view.getBigUint64(8, true) === stateChecksum(saved);
  if (!isWhole) throw damaged();
  const entries: StateEntry[] = [];
  for (let at = stateHeaderBytes; at < saved.length; ) {
    if (saved.length - at < stateEntryHeaderBytes) throw damaged();
    const keyLength = view.getUint32(at, true);
    const stateLength = view.getUint32(at + 8, true);
    const keyStart = at + stateEntryHeaderBytes;
    if (keyLength > saved.length - keyStart) throw damaged();
    const stateStart = keyStart + paddedTo8(keyLength);
    if (stateLength > saved.length - stateStart) throw damaged();
    at = stateStart + paddedTo8(stateLength);
    const [id = "", type = ""] = new TextDecoder().decode(saved.subarray(keyStart, keyStart + keyLength)).split("\0");
    entries.push({
      id,
      type,
      version: view.getUint32(keyStart - stateEntryHeaderBytes + 4, true),
      state: saved.slice(stateStart, stateStart + stateLength),
    });
  }
  return entries;
}

const damaged = (): FlowFusionError => new FlowFusionError("FF_FLOW_STATE_REFUSED", "state is damaged");
