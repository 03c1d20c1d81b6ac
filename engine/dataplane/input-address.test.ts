import { expect, test } from "vitest";
import { parseInput } from "./input-address.ts";

test.each([
  ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0", "block"],
  ["tcp://[::1]:7481?overload=drop", "tcp://[::1]:7481", "drop"],
  ["ipc:///run/ff.sock?overload=block", "ipc:///run/ff.sock", "block"],
])("%s is listened on at %s, and what a flow has no room for: %s", (text, address, overload) => {
  expect(parseInput(text)).toEqual({ address, overload });
});

test.each([
  ["tcp://127.0.0.1:7481?overload=lose", '"overload=lose"'],
  ["tcp://127.0.0.1:7481?", '""'],
  ["tcp://127.0.0.1:7481?overload=drop?overload=drop", '"overload=drop?overload=drop"'],
  ["tcp://127.0.0.1?overload=drop", "tcp://HOST:PORT"],
  ["?overload=drop", "expected tcp"],
])("%s is refused, with the part that is wrong", (text, part) => {
  expect(() => parseInput(text)).toThrow(expect.objectContaining({ code: "FF_TRANSPORT_ADDRESS" }));
  expect(() => parseInput(text)).toThrow(part);
});
