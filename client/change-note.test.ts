import { describe, expect, test } from "vitest";
import { authorText, changeText, readChangeText } from "./change-note.ts";
import type { FlowStatus, Via } from "./types.ts";

const status = (more: Partial<FlowStatus> = {}): FlowStatus =>
  ({
    ...{ generation: 7, deployedBy: "ann", deployedAt: "2026-01-01T00:00:00.000Z", deployedVia: "console" },
    ...more,
  }) as FlowStatus;

describe("a change of a flow", () => {
  test.each<[Via, string]>([
    ["console", "in the console by ann at 2026-01-01T00:00:00.000Z"],
    ["cli", "with flowfusion by ann at 2026-01-01T00:00:00.000Z"],
    ["pulumi", "with Pulumi by ann at 2026-01-01T00:00:00.000Z"],
    ["api", "by ann at 2026-01-01T00:00:00.000Z"],
  ])("made via %s is told as that, and read back", (deployedVia, text) => {
    expect(authorText(status({ deployedVia }))).toBe(text);
    const told = changeText(status({ deployedVia }), ["nodes.hot.props.value", 'wires["a.out -> b.in"]']);
    expect(told).toBe(`Changed ${text}, generation 7: nodes.hot.props.value, wires["a.out -> b.in"].`);
    const change = { by: "ann", via: deployedVia, at: "2026-01-01T00:00:00.000Z", generation: 7 };
    expect(readChangeText(told)).toEqual(change);
  });

  test("that the gateway made itself has its reason with it", () => {
    const note = "node trip (x): trapped at 1";
    const told = changeText(status({ deployedVia: "gateway", deployedBy: "health gate at work", note }), ["nodes"]);
    expect(readChangeText(told)).toMatchObject({ via: "gateway", by: "health gate at work", generation: 7, note });
  });

  test.each(["", "Flow.wasm 47.9 kB", "Changed by ann", "Changed by ann at noon, generation 7: nodes."])(
    "is not seen in %j",
    (text) => expect(readChangeText(text)).toBeUndefined(),
  );
});
