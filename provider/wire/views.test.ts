// The engine decodes with generated Go code; here protobufjs stands for it, since the stub that cannot write a detailed
// diff cannot read one either. The field numbers are those of Pulumi's resource_status.proto and provider.proto.

import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { encodeRequest, type ViewStep } from "./views.ts";

const { root } = protobuf.parse(`
  syntax = "proto3";
  message PublishViewStepsRequest { string token = 1; repeated ViewStep steps = 2; }
  message ViewStep {
    int32 status = 1; string error = 2; int32 op = 3; string type = 4; string name = 5;
    ViewStepState old = 6; ViewStepState new = 7; repeated string keys = 8; repeated string diffs = 9;
    map<string, PropertyDiff> detailed_diff = 10; bool has_detailed_diff = 11;
  }
  message ViewStepState { string type = 1; string name = 2; }
  message PropertyDiff { int32 kind = 1; bool inputDiff = 2; }
`);
const request = root.lookupType("PublishViewStepsRequest");
const decode = (bytes: Uint8Array) =>
  request.toObject(request.decode(bytes), { defaults: true, arrays: true, objects: true });

const view = (value: number) => ({
  type: "flowfusion:index:Node",
  name: "boiler/hot",
  inputs: { type: "filter", props: { value } },
});

test("a step with a detailed diff is encoded as Pulumi's own decoder reads it", () => {
  // Long enough that the lengths take more than one byte.
  const path = `props["${"x".repeat(300)}"]`;
  const step: ViewStep = {
    op: "update",
    type: "flowfusion:index:Node",
    name: "boiler/hot",
    old: view(90),
    new: view(95),
    changes: [
      { path: "props.value", key: "props", kind: "update", replaces: false },
      { path, key: "props", kind: "add", replaces: false },
    ],
  };
  const { token, steps } = decode(encodeRequest("token", [step, step]));
  expect(token).toBe("token");
  expect(steps).toHaveLength(2);
  expect(steps[0]).toMatchObject({
    op: 3,
    name: "boiler/hot",
    old: { name: "boiler/hot" },
    new: { name: "boiler/hot" },
    diffs: ["props"],
    hasDetailedDiff: true,
    detailedDiff: { "props.value": { kind: 4, inputDiff: true }, [path]: { kind: 0, inputDiff: true } },
  });
});

test("a step without changes says that it has no detailed diff", () => {
  const step: ViewStep = { op: "create", type: "t", name: "n", new: view(1), changes: [] };
  expect(decode(encodeRequest("", [step])).steps[0]).toMatchObject({
    old: null,
    hasDetailedDiff: false,
    detailedDiff: {},
  });
});
