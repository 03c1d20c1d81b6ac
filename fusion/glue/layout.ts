// The flow's own memory, which the host shares: a control block, counters, what the nodes are configured with, the
// outbox, and room for input and state. The host reads all addresses from the control block, whose own address is
// the exported global `control`.
//
//   control block, u32 each
//   0   abi             1
//   4   outboxStart     address of the outbox
//   8   outboxBytes     bytes of frames in the outbox; set to 0 before a call, by the host or by `ff_execute_flow`
//   12  committedBytes  bytes of frames that whole messages emitted; the rest is of the message being run
//   16  cursor          offset in the input of the message being run
//   20  fault           why the glue itself trapped, see `faults`
//   24  countersStart   address of `nodeCount` records of u64: messages in, emissions on port 0 to 3, as of the last call
//                       of `counters`
//   28  nodeCount
//   32  inputStart      address of room for much input or state; little of it lies in front of the outbox, where a flow that gets
//                       little touches no further page of memory
//   36  fuelStart       address of `nodeCount` records of u64: fuel used, messages; both of calls that were profiled
//
// A frame, in both directions, is a u32 port, a u32 message length and the message.

export const controlBlock = {
  address: 64,
  abi: 0,
  outboxStart: 4,
  outboxBytes: 8,
  committedBytes: 12,
  cursor: 16,
  fault: 20,
  countersStart: 24,
  nodeCount: 28,
  inputStart: 32,
  fuelStart: 36,
  sizeBytes: 64,
} as const;

export const abiVersion = 1;

/** Words of a node's counter record: messages in, then emissions by output port. */
export const counterWords = 5;

/** Words of a node's record of what is counted while messages run; `counters` works out the rest. */
export const countedWords = 6;
export const countedWord = {
  /** Frames that the host fed the node. */
  frames: 0,
  /** Messages that a node of a constant outcome was handed whole. */
  whole: 1,
  /** Emissions on port 0; those on the other ports follow. */
  emissions: 2,
} as const;

/** Words of a node's record of fuel: units used, messages that used them. */
export const fuelWords = 2;

/** As much input or state is little. */
export const littleBytesMax = 1024;

/** Why the glue stopped a flow; 0 when a node trapped by itself. */
export const faults = {
  none: 0,
  /** A node emitted more than the outbox holds for one message. */
  outboxOverflow: 1,
  /** An emission is no whole message, or its port does not exist. */
  invalidEmission: 2,
  /** The host passed input that is no run of frames. */
  invalidInput: 3,
} as const;

/** `execute_flow` and `tick` start no further message when the outbox holds this much. Bytes. */
export const outboxHighWaterBytes = 256 * 1024;
/** What the outbox holds at most; the difference is what one message may still emit. Bytes. */
export const outboxMaxBytes = 1024 * 1024;

/** More emissions of one call than this are no list but a wrong count. */
export const emissionsMax = 65536;

/**
 * A longer body is a lie, since no memory of a running flow holds it, and lengths near 2^32 would wrap around when
 * header and topic are added. Bytes.
 */
export const bodyBytesMax = 256 * 1024 * 1024;

/** A node's words when it refuses properties or state; longer ones are cut. Bytes. */
export const reasonBytesMax = 4096;

/** Port number that means a line for the flow's log. */
export const logPort = 0xffff_ffff;
/** Set in a frame's port when the frame is a log line; the other bits are the node's index. */
export const logFrameFlag = 0x8000_0000;

export interface Layout {
  readonly controlStart: number;
  readonly countersStart: number;
  readonly countedStart: number;
  readonly fuelStart: number;
  readonly staticStart: number;
  readonly littleStart: number;
  readonly outboxStart: number;
  readonly inputStart: number;
  readonly initialPages: number;
}

const align = (value: number, to: number): number => Math.ceil(value / to) * to;

export function layOut(nodeCount: number, staticBytes: number): Layout {
  const controlStart = controlBlock.address;
  const countersStart = controlStart + controlBlock.sizeBytes;
  const countedStart = countersStart + nodeCount * counterWords * 8;
  const fuelStart = countedStart + nodeCount * countedWords * 8;
  const staticStart = align(fuelStart + nodeCount * fuelWords * 8, 16);
  const littleStart = align(staticStart + staticBytes, 16);
  const outboxStart = littleStart + littleBytesMax;
  const inputStart = align(outboxStart + outboxMaxBytes, 65536);
  const initialPages = inputStart / 65536 + 1;
  return {
    ...{ controlStart, countersStart, countedStart, fuelStart, staticStart },
    ...{ littleStart, outboxStart, inputStart, initialPages },
  };
}
