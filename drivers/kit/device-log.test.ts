import { beforeEach, describe, expect, test } from "vitest";
import { DeviceLog } from "./device-log.ts";

let nowMs: number;
let log: DeviceLog;
beforeEach(() => {
  nowMs = 0;
  log = new DeviceLog(() => nowMs);
});

describe("the log of a device", () => {
  test("tells each change of its state, and why", () => {
    expect(log.tell("connecting", "nobody listens")).toEqual({ level: "warn", message: "connecting: nobody listens" });
    expect(log.tell("connected")).toEqual({ level: "info", message: "connected" });
    expect(log.tell("silent", "no answer")).toEqual({ level: "warn", message: "silent: no answer" });
  });

  test("tells an error once while the state lasts, and again after it changed", () => {
    const refused = ["connected", "register 7: no such address"] as const;
    const other = ["connected", "register 9: no such address"] as const;
    const told = [refused, other, refused, other, ["silent"], refused, refused] as const;
    expect(told.map(([state, error]) => log.tell(state, error)?.message)).toEqual([
      "connected: register 7: no such address",
      "connected: register 9: no such address",
      ...[undefined, undefined],
      "silent",
      "connected: register 7: no such address",
      undefined,
    ]);
  });

  test("is not filled by a device that comes and goes, and says how much it left out", () => {
    const flap = () => [log.tell("connected"), log.tell("connecting", "the connection was lost")];
    const lines = Array.from({ length: 100 }, flap).flat();
    expect(lines.filter((line) => line !== undefined)).toHaveLength(20);
    nowMs = 60_000;
    expect(log.tell("connected")?.message).toBe("(180 like this left out) connected");
    expect(log.tell("connecting", "the connection was lost")?.message).toBe("connecting: the connection was lost");
  });

  test("remembers the newest hundred errors of a state that lasts, and of each its beginning", () => {
    const tell = (error: string) => {
      nowMs += 60_000;
      return log.tell("connected", error)?.message;
    };
    for (let n = 0; n <= 100; n++) expect(tell(`error ${n}`)).toBe(`connected: error ${n}`);
    for (const newest of [1, 50, 100]) expect(tell(`error ${newest}`)).toBeUndefined();
    expect(tell("error 0")).toBe("connected: error 0");
    const long = "x".repeat(512);
    expect(tell(`${long} of one`)).toBe(`connected: ${long} of one`);
    expect(tell(`${long} of another`)).toBeUndefined();
  });
});
