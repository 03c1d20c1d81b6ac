// Modbus TCP frames: requests to read, and answers.
//
//   offset  bytes  MBAP header, big-endian
//   0       2      transaction, chosen by the client and repeated by the device
//   2       2      protocol, 0
//   4       2      length of what follows: unit and PDU, 2 to 254
//   6       1      unit
//   7       …      PDU: function, then for an answer to a read u8 byte count and the bytes; for a refusal function | 0x80
//                  and u8 exception
//
// An answer is trusted in nothing: each field is checked against the request, and a stream that does not begin with a
// header is given up, since nothing in it says where the next frame begins.

import type { Table } from "./data-types.ts";

export interface ReadRequest {
  readonly unitId: number;
  readonly table: Table;
  readonly address: number;
  readonly count: number;
}

export interface Frame {
  readonly transaction: number;
  readonly unitId: number;
  readonly pdu: Uint8Array;
}

/** What the stream holds is not Modbus TCP. The connection is of no use any more. */
export class FramingError extends Error {}
/** The device understood and refused; the connection is as good as before. */
export class ExceptionAnswer extends Error {
  readonly exception: number;

  constructor(exception: number) {
    super(`exception ${exception}: ${exceptionNames[exception] ?? "unknown"}`);
    this.exception = exception;
  }
}

const exceptionNames: { readonly [code: number]: string } = {
  1: "the device does not know the function",
  2: "the device has no such address",
  3: "the device refuses the count",
  4: "the device failed",
  5: "the device takes long",
  6: "the device is busy",
  10: "the gateway has no way to the unit",
  11: "the unit behind the gateway does not answer",
};

const functionOf: Readonly<Record<Table, number>> = { coil: 1, discrete: 2, holding: 3, input: 4 };
const headerBytes = 7;
const lengthMin = 2;
const lengthMax = 254;

export function encodeRequest(transaction: number, { unitId, table, address, count }: ReadRequest): Uint8Array {
  const frame = new DataView(new ArrayBuffer(12));
  frame.setUint16(0, transaction);
  frame.setUint16(4, 6);
  frame.setUint8(6, unitId);
  frame.setUint8(7, functionOf[table]);
  frame.setUint16(8, address);
  frame.setUint16(10, count);
  return new Uint8Array(frame.buffer);
}

/** The registers' or bits' bytes. Throws an ExceptionAnswer, or a FramingError for what answers no such request. */
export function readAnswer({ unitId, pdu }: Frame, request: ReadRequest): Uint8Array {
  const expected = functionOf[request.table];
  const [code = 0, second = 0] = pdu;
  if (unitId !== request.unitId) throw new FramingError(`answer of unit ${unitId}, unit ${request.unitId} was asked`);
  if (code === (expected | 0x80) && pdu.length === 2) throw new ExceptionAnswer(second);
  if (code !== expected) throw new FramingError(`answer to function ${code}, ${expected} was asked`);
  const isBits = request.table === "coil" || request.table === "discrete";
  const bytes = isBits ? Math.ceil(request.count / 8) : request.count * 2;
  if (second !== bytes || pdu.length !== bytes + 2) {
    throw new FramingError(`answer of ${pdu.length - 2} bytes that says ${second}, ${bytes} were asked`);
  }
  return pdu.subarray(2);
}

/** Cuts a stream into frames, and holds no more of it than the longest frame. */
export class FrameReader {
  readonly #held = new Uint8Array(headerBytes - 1 + lengthMax);
  #filled = 0;

  /** Frames are views that are valid during the call. Throws a FramingError. */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): void {
    let at = 0;
    while (at < chunk.length) {
      const needed = this.#needed();
      const taken = Math.min(needed - this.#filled, chunk.length - at);
      this.#held.set(chunk.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled < this.#needed()) continue;
      this.#filled = 0;
      onFrame(this.#frame());
    }
  }

  /** Bytes until something can be said: the header's fields first, then the whole frame. */
  #needed(): number {
    if (this.#filled < headerBytes - 1) return headerBytes - 1;
    const view = new DataView(this.#held.buffer);
    const protocol = view.getUint16(2);
    const length = view.getUint16(4);
    if (protocol !== 0) throw new FramingError(`protocol ${protocol} in a header, 0 expected: this is no Modbus TCP`);
    if (length < lengthMin || length > lengthMax) {
      throw new FramingError(`frame of ${length} bytes after its header, ${lengthMin} to ${lengthMax} allowed`);
    }
    return headerBytes - 1 + length;
  }

  #frame(): Frame {
    const view = new DataView(this.#held.buffer);
    const length = view.getUint16(4);
    const pdu = this.#held.subarray(headerBytes, headerBytes - 1 + length);
    return { transaction: view.getUint16(0), unitId: view.getUint8(6), pdu };
  }
}
