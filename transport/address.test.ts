import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress, TransportError } from "./index.ts";

describe("an address is read and written back the same", () => {
  test.each([
    ["tcp://127.0.0.1:5555", { scheme: "tcp", host: "127.0.0.1", port: 5555 }],
    ["tcp://localhost:0", { scheme: "tcp", host: "localhost", port: 0 }],
    ["tcp://[::1]:65535", { scheme: "tcp", host: "::1", port: 65535 }],
    ["ipc:///run/flowfusion.sock", { scheme: "ipc", path: "/run/flowfusion.sock" }],
    ["ipc://relative.sock", { scheme: "ipc", path: "relative.sock" }],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(parseAddress(text))).toBe(text);
  });
});

test("a star stands for every IPv4 interface", () => {
  expect(parseAddress("tcp://*:5555")).toEqual({ scheme: "tcp", host: "0.0.0.0", port: 5555 });
});

describe("an address is refused with what is wrong in it", () => {
  test.each([
    ["", "expected tcp://HOST:PORT or ipc://PATH"],
    ["http://127.0.0.1:80", "expected tcp://HOST:PORT or ipc://PATH"],
    ["127.0.0.1:5555", "expected tcp://HOST:PORT or ipc://PATH"],
    ["tcp://127.0.0.1", "expected tcp://HOST:PORT"],
    ["tcp://:5555", "expected tcp://HOST:PORT"],
    ["tcp://::1:5555", "expected tcp://HOST:PORT"],
    ["tcp://127.0.0.1:5555/path", "expected tcp://HOST:PORT"],
    ["tcp://127.0.0.1:65536", "port 65536, at most 65535 allowed"],
    ["ipc://", "the path is empty"],
    ["ipc:///a\0b", "zero byte"],
    [`ipc:///${"a".repeat(107)}`, "path of 108 bytes, 107 allowed"],
  ])("%j", (text, why) => {
    expect(() => parseAddress(text)).toThrow(TransportError);
    expect(() => parseAddress(text)).toThrow(why);
  });
});
