import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExceptionAnswer, encodeRequest, type Frame, FrameReader, FramingError, readAnswer } from "./frames.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** The frames that `chunks` make, and why the rest was given up. */
function read(...chunks: readonly Uint8Array[]): { frames: Frame[]; fault?: string } {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  try {
    for (const chunk of chunks) {
      reader.push(chunk, (frame) => frames.push({ ...frame, pdu: frame.pdu.slice() }));
    }
    return { frames };
  } catch (error) {
    expect(error).toBeInstanceOf(FramingError);
    return { frames, fault: (error as Error).message };
  }
}

test("a request is as the standard's example has it", () => {
  const request = { unitId: 0x11, table: "holding", address: 0x6b, count: 3 } as const;
  expect(encodeRequest(1, request)).toEqual(hex("0001 0000 0006 11 03 006b 0003"));
});

describe("a stream of frames", () => {
  const stream = hex("0001 0000 0005 11 03 02 022b  0002 0000 0003 11 83 02");
  const whole = [
    { transaction: 1, unitId: 0x11, pdu: hex("03 02 022b") },
    { transaction: 2, unitId: 0x11, pdu: hex("83 02") },
  ];

  test("gives the same frames wherever it is split", () => {
    for (let split = 0; split <= stream.length; split++) {
      expect(read(stream.subarray(0, split), stream.subarray(split))).toEqual({ frames: whole });
    }
    expect(read(...Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual({ frames: whole });
  });

  test.each([
    ["another protocol", "0001 4854 5450", "protocol 18516 in a header, 0 expected: this is no Modbus TCP"],
    ["no unit and function", "0001 0000 0001", "frame of 1 bytes after its header, 2 to 254 allowed"],
    ["a huge length", "0001 0000 ffff", "frame of 65535 bytes after its header, 2 to 254 allowed"],
    ["one byte too many", "0001 0000 00ff", "frame of 255 bytes after its header, 2 to 254 allowed"],
  ])("is given up by its header alone: %s", (_, bytes, fault) => {
    expect(read(stream, hex(bytes))).toEqual({ frames: whole, fault });
  });

  test("of any bytes is read without anything but frames and faults", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(), (bytes, at) => {
        const { frames } = read(bytes.subarray(0, at % 600), bytes.subarray(at % 600));
        for (const { pdu } of frames) expect(pdu.length).toBeLessThanOrEqual(253);
      }),
    );
  });
});

describe("an answer", () => {
  const request = { unitId: 0x11, table: "holding", address: 0, count: 2 } as const;
  const answer = (pdu: string, unitId = 0x11) => readAnswer({ transaction: 1, unitId, pdu: hex(pdu) }, request);

  test("holds the registers", () => {
    expect(answer("03 04 00010002")).toEqual(hex("00010002"));
  });

  test("may be a refusal, which names the exception", () => {
    expect(() => answer("83 02")).toThrow(ExceptionAnswer);
    expect(() => answer("83 02")).toThrow("exception 2: the device has no such address");
  });

  test.each([
    ["of another function", "04 04 00010002", undefined, "answer to function 4, 3 was asked"],
    ["of another unit", "03 04 00010002", 9, "answer of unit 9, unit 17 was asked"],
    ["with less than was asked", "03 02 0001", undefined, "answer of 2 bytes that says 2, 4 were asked"],
    ["that lies of its length", "03 04 0001", undefined, "answer of 2 bytes that says 4, 4 were asked"],
    ["with nothing in it", "03", undefined, "answer of -1 bytes that says 0, 4 were asked"],
    ["that refuses at length", "83 02 00", undefined, "answer to function 131, 3 was asked"],
  ])("is no answer %s", (_, pdu, unitId, message) => {
    expect(() => answer(pdu, unitId)).toThrow(new FramingError(message));
  });
});
