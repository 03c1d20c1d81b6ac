import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

const readerOf = (...bytes: number[]) => new ByteReader(Uint8Array.from(bytes));

describe("ByteReader", () => {
  it("reads back every unsigned number that ByteWriter writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        const writer = new ByteWriter(1);
        writer.u32(value);
        const reader = new ByteReader(writer.written);
        expect(reader.u32()).toBe(value);
        expect(reader.atEnd).toBe(true);
      }),
    );
  });

  it("reads back every signed number that ByteWriter writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }), (value) => {
        const writer = new ByteWriter(1);
        writer.signed(value);
        expect(new ByteReader(writer.written).s32()).toBe(value);
        expect(new ByteReader(writer.written).s33()).toBe(value);
        const long = new ByteReader(writer.written);
        long.skipS64();
        expect(long.atEnd).toBe(true);
      }),
    );
  });

  it("accepts a padded number of five bytes, as linkers write them", () => {
    expect(readerOf(0x83, 0x80, 0x80, 0x80, 0x00).u32()).toBe(3);
    expect(readerOf(0xff, 0xff, 0xff, 0xff, 0x7f).s32()).toBe(-1);
    expect(readerOf(0x80, 0x80, 0x80, 0x80, 0x08).s33()).toBe(2 ** 31);
  });

  const refused: [title: string, bytes: number[], read: (reader: ByteReader) => unknown][] = [
    ["an unsigned number beyond 32 bits", [0xff, 0xff, 0xff, 0xff, 0x1f], (reader) => reader.u32()],
    ["an unsigned number of six bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], (reader) => reader.u32()],
    ["a signed number beyond 32 bits", [0xff, 0xff, 0xff, 0xff, 0x0f], (reader) => reader.s32()],
    ["a signed number of six bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], (reader) => reader.s32()],
    ["a signed number beyond 33 bits", [0xff, 0xff, 0xff, 0xff, 0x1f], (reader) => reader.s33()],
    ["a number beyond 64 bits", [...Array<number>(9).fill(0x80), 0x01], (reader) => reader.skipS64()],
    ["a number that ends in the middle", [0x80], (reader) => reader.u32()],
    ["a name longer than what is left", [5, 0x61], (reader) => reader.name()],
    ["a name that is not UTF-8", [2, 0xc3, 0x28], (reader) => reader.name()],
    ["a vector longer than what is left", [9, 0], (reader) => reader.count("entries")],
  ];
  it.each(refused)("refuses %s", (_, bytes, read) => {
    expect(() => read(readerOf(...bytes))).toThrow(expect.objectContaining({ code: "FF_MODULE_MALFORMED" }));
  });

  it("keeps a byte order mark as part of a name", () => {
    expect(readerOf(4, 0xef, 0xbb, 0xbf, 0x61).name()).toBe("\ufeffa");
  });
});
