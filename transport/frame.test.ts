import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameDecoder, frameHeaderBytes, type Scheme, writeFrameHeader } from "./index.ts";

const schemes: Scheme[] = ["tcp", "ipc"];

function encode(scheme: Scheme, frames: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(
    frames.flatMap((frame) => {
      const header = new Uint8Array(frameHeaderBytes(scheme));
      writeFrameHeader(scheme, header, 0, frame.length);
      return [header, frame];
    }),
  );
  return new Uint8Array(bytes);
}

/** Pushes chunk after chunk, each in memory that is overwritten afterwards, as a socket would. */
function decode(decoder: FrameDecoder, chunks: readonly Uint8Array[]) {
  const frames: Uint8Array[] = [];
  for (const chunk of chunks) {
    const reused = chunk.slice();
    decoder.push(reused, (frame) => frames.push(frame.slice()));
    reused.fill(0xee);
    const { fault } = decoder;
    if (fault !== undefined) return { frames, fault };
  }
  return { frames, fault: undefined };
}

const sample = [[], [1], [2, 3], [], Array.from({ length: 300 }, (_, i) => i & 0xff), [9]].map((it) =>
  Uint8Array.from(it),
);

test("a header is a big-endian length, led by 0x01 on IPC", () => {
  expect(encode("tcp", [Uint8Array.of(7)])).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 7));
  expect(encode("ipc", [Uint8Array.of(7)])).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1, 7));
  const header = new Uint8Array(8);
  writeFrameHeader("tcp", header, 0, 0x80_01_02_03);
  expect([...header]).toEqual([0, 0, 0, 0, 0x80, 1, 2, 3]);
});

describe.each(schemes)("over %s", (scheme) => {
  const stream = encode(scheme, sample);

  test("frames of one chunk come out in order, as views of that chunk", () => {
    const decoder = new FrameDecoder(scheme);
    const seen: Uint8Array[] = [];
    decoder.push(stream, (frame) => {
      expect(frame.buffer).toBe(stream.buffer);
      seen.push(frame);
    });
    expect(seen.map((it) => [...it])).toEqual(sample.map((it) => [...it]));
    expect(decoder.pendingBytes).toBe(0);
  });

  test("frames come out the same byte by byte", () => {
    const bytes = Array.from(stream, (byte) => Uint8Array.of(byte));
    expect(decode(new FrameDecoder(scheme), bytes).frames).toEqual(sample);
  });

  test("frames come out the same wherever the stream is split in two or three", () => {
    for (let first = 0; first <= stream.length; first++) {
      const second = Math.min(stream.length, first + 1 + (first % 23));
      const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      expect(decode(new FrameDecoder(scheme), chunks).frames).toEqual(sample);
    }
  });

  test("any frames come out as they went in, in any chunks", () => {
    const frame = fc.uint8Array({ maxLength: 5000 });
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.integer({ min: 0, max: 3000 })), (frames, cuts) => {
        const bytes = encode(scheme, frames);
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at = Math.min(bytes.length, at + cut);
        }
        chunks.push(bytes.subarray(at));
        expect(decode(new FrameDecoder(scheme), chunks).frames).toEqual(frames);
      }),
    );
  });

  test("the bytes of an unfinished frame are told, header included", () => {
    const bytes = encode(scheme, [new Uint8Array(10)]);
    for (let length = 0; length < bytes.length; length++) {
      const decoder = new FrameDecoder(scheme);
      decoder.push(bytes.subarray(0, length), () => expect.unreachable());
      expect(decoder.pendingBytes).toBe(length);
    }
  });

  test("a frame of exactly the limit passes and one byte more is refused", () => {
    const exact = decode(new FrameDecoder(scheme, 100), [encode(scheme, [new Uint8Array(100)])]);
    expect(exact).toEqual({ frames: [new Uint8Array(100)], fault: undefined });
    const over = decode(new FrameDecoder(scheme, 100), [encode(scheme, [new Uint8Array(101)])]);
    expect(over.fault).toEqual({ cause: "too_large", message: "frame of 101 bytes, 100 allowed" });
  });

  test("a fault ends the stream: frames before it are delivered, none after it", () => {
    const decoder = new FrameDecoder(scheme, 10);
    const bytes = encode(scheme, [Uint8Array.of(1), new Uint8Array(11), Uint8Array.of(2)]);
    const first = decode(decoder, [bytes]);
    expect(first.frames).toEqual([Uint8Array.of(1)]);
    expect(decode(decoder, [encode(scheme, [Uint8Array.of(3)])])).toEqual({ frames: [], fault: first.fault });
  });

  test("an exception from the receiver leaves the decoder at the next frame", () => {
    const decoder = new FrameDecoder(scheme);
    const bytes = encode(scheme, [Uint8Array.of(1)]);
    const boom = () => {
      throw new Error("boom");
    };
    expect(() => decoder.push(bytes, boom)).toThrow("boom");
    expect(decode(decoder, [bytes]).frames).toEqual([Uint8Array.of(1)]);
  });

  test("a header that promises much makes the decoder allocate only for what comes", () => {
    const decoders = Array.from({ length: 200 }, () => new FrameDecoder(scheme, 2 ** 40));
    const header = new Uint8Array(frameHeaderBytes(scheme) + 1);
    writeFrameHeader(scheme, header, 0, 2 ** 31);
    const before = process.memoryUsage().arrayBuffers;
    for (const decoder of decoders) decoder.push(header, () => expect.unreachable());
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 64 * 1024);
  });
});

describe("malformed headers are refused by their own bytes alone", () => {
  const cases: [string, Scheme, string, string][] = [
    ["2 GB", "tcp", "0000000080000000", "too_large"],
    ["2⁶⁴ − 1 bytes", "tcp", "ffffffffffffffff", "too_large"],
    ["4 GiB and a small low half", "tcp", "0000000100000001", "too_large"],
    ["2 GB", "ipc", "010000000080000000", "too_large"],
    ["type 0", "ipc", "000000000000000001", "bad_frame_type"],
    ["type 2", "ipc", "020000000000000001", "bad_frame_type"],
    ["a TCP header", "ipc", "000000000000000507", "bad_frame_type"],
  ];
  test.each(cases)("%s over %s", (_, scheme, hex, cause) => {
    const bytes = new Uint8Array(Buffer.from(hex, "hex"));
    expect(decode(new FrameDecoder(scheme), [bytes])).toMatchObject({ frames: [], fault: { cause } });
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(decode(new FrameDecoder(scheme), single)).toMatchObject({ frames: [], fault: { cause } });
  });
});
