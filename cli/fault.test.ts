import { FlowFusionError } from "@flowfusion/graph";
import { describe, expect, test } from "vitest";
import { UsageError } from "./command.ts";
import { faultJson, faultText } from "./fault.ts";

const command = "flowfusion driver list";
const unreachable = new FlowFusionError("FF_GATEWAY_UNREACHABLE", "GET /v1/drivers at http://plant: no answer");
const diagnostics = [
  { code: "FF_DRIVER_CONFIG", path: "port", message: "text given, a whole number expected" },
] as const;

describe("a failure", () => {
  test("is told to people with its code, and below what to do", () => {
    expect(faultText(command, unreachable)).toMatch(
      /^flowfusion driver list: GET .+: no answer \[FF_GATEWAY_UNREACHABLE\]\n→ Check that the gateway runs, .+\.\n$/,
    );
  });

  test("tells nothing to do where its message has done so", () => {
    const error = new FlowFusionError("FF_NODE_TOOLCHAIN", "Zig is not installed: run this");
    expect(faultText(command, error)).toBe(`${command}: Zig is not installed: run this [FF_NODE_TOOLCHAIN]\n`);
  });

  test("has each diagnostic that its message does not tell between the two", () => {
    const error = new FlowFusionError("FF_DRIVER_CONFIG", "the driver does not hold", { diagnostics });
    expect(faultText(command, error).split("\n").slice(1)).toEqual([
      "  port: text given, a whole number expected [FF_DRIVER_CONFIG]",
      expect.stringMatching(/^→ Correct what the diagnostics name/),
      "",
    ]);
  });

  test("that is several has a line for each", () => {
    const several = [...diagnostics, { code: "FF_DRIVER_CONFIG", path: "host", message: "missing" }] as const;
    const sentence = several.map(({ path, message }) => `${path}: ${message}`).join("; ");
    const error = new FlowFusionError("FF_DRIVER_CONFIG", `driver line: ${sentence}`, { diagnostics: several });
    expect(faultText(command, error).split("\n").slice(0, 3)).toEqual([
      `${command}: driver line: 2 problems [FF_DRIVER_CONFIG]:`,
      "  port: text given, a whole number expected",
      "  host: missing",
    ]);
  });

  test("lets no terminal follow what its message quotes", () => {
    const error = new FlowFusionError("FF_CLI_FILE", "x: is no JSON: \u001b[2J\u0007");
    expect(faultText(command, error)).toBe(`${command}: x: is no JSON: \uFFFD[2J\uFFFD [FF_CLI_FILE]\n`);
  });

  test("is one document in a line for scripts, with what to do in any case", () => {
    const error = new FlowFusionError("FF_GRAPH_INVALID", "the graph\nhas problems", { diagnostics });
    const line = faultJson(command, error);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual({
      error: {
        ...{ message: error.message, code: "FF_GRAPH_INVALID", diagnostics },
        remedy: expect.stringMatching(/^Mend each/),
      },
    });
  });

  test("of the arguments names the help, in either form", () => {
    const expected = "NAME is missing. See flowfusion driver list --help.";
    expect(faultText(command, new UsageError("NAME is missing"))).toBe(`${command}: ${expected}\n`);
    expect(JSON.parse(faultJson(command, new UsageError("NAME is missing")))).toEqual({ error: { message: expected } });
  });
});
