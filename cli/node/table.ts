// The table that `flowfusion node test` runs: cases, each a node with its properties, and steps, each with the emissions
// that it must bring about.
//
//   { "cases": [{
//       "title": "means over two values",
//       "props": { "size": 2 },
//       "steps": [
//         { "in": { "value": 1 }, "out": [{ "value": 1 }] },
//         "restart",
//         { "in": { "value": 3 }, "out": [{ "value": 2, "quality": "good" }] },
//         { "tick": 1000, "out": [] }
//     ]},
//     { "title": "refuses a size of 0", "props": { "size": 0 }, "refused": "size" }] }
//
// "restart" saves the state, starts the node anew and loads it. Ports go by name; the first is meant where none is named,
// and "log" is the log. Of an expected message only the fields that are given are compared.

import type { NodeManifest, PortSpec, PropValue } from "@flowfusion/graph";
import { type MessageFields, readFields, readInteger, readRecord, tableError } from "./message-json.ts";

export interface Expectation extends MessageFields {
  /** Name of the port. */
  readonly port: string;
}

export type Step =
  | { readonly kind: "restart" }
  | { readonly kind: "tick"; readonly nowNs: bigint; readonly out: readonly Expectation[] }
  | {
      readonly kind: "message";
      readonly port: number;
      readonly message: MessageFields;
      readonly out: readonly Expectation[];
    };

export interface Case {
  readonly title: string;
  readonly props: { readonly [name: string]: PropValue };
  readonly steps: readonly Step[];
  /** Part of the reason with which the node must refuse the properties. */
  readonly refused?: string;
}

export const logPortName = "log";

/** Throws FF_NODE_TABLE at the first place that does not fit. */
export function readTable(json: unknown, manifest: NodeManifest): Case[] {
  const { cases } = readRecord(json, "table", ["cases", "$schema"]);
  if (!Array.isArray(cases) || cases.length === 0) throw tableError("cases", "a list of at least one case expected");
  return cases.map((entry, index) => readCase(entry, `cases[${index}]`, manifest));
}

function readCase(json: unknown, path: string, manifest: NodeManifest): Case {
  const { title, props = {}, steps = [], refused } = readRecord(json, path, ["title", "props", "steps", "refused"]);
  if (typeof title !== "string") throw tableError(`${path}.title`, "text expected, a sentence about the node");
  if (refused !== undefined && typeof refused !== "string") throw tableError(`${path}.refused`, "text expected");
  if (!Array.isArray(steps)) throw tableError(`${path}.steps`, "a list expected");
  if (refused === undefined && steps.length === 0) throw tableError(path, "steps or refused expected");
  if (typeof props !== "object" || props === null) throw tableError(`${path}.props`, "an object expected");
  return {
    title,
    props: props as Case["props"],
    steps: steps.map((step, index) => readStep(step, `${path}.steps[${index}]`, manifest)),
    ...(refused !== undefined && { refused }),
  };
}

function readStep(json: unknown, path: string, manifest: NodeManifest): Step {
  if (json === "restart") {
    if (manifest.stateVersion === 0) throw tableError(path, "the node has no state to restart with");
    return { kind: "restart" };
  }
  const { in: input, tick, out } = readRecord(json, path, ["in", "tick", "out"]);
  const expected = readExpectations(out, `${path}.out`, manifest);
  if ((input === undefined) === (tick === undefined)) throw tableError(path, "either in or tick expected");
  if (tick !== undefined) return { kind: "tick", nowNs: readInteger(tick, `${path}.tick`), out: expected };
  const record = readRecord(input, `${path}.in`, ["port", "topic", "timestampNs", "quality", "value"]);
  const message = readFields(record, `${path}.in`);
  // A node that the gateway feeds has no input ports in its manifest; updates reach it on port 0.
  const inputs = manifest.subscribes ? [{ name: "in", type: "tag" as const }] : manifest.inputs;
  return { kind: "message", port: portIndex(record.port, `${path}.in.port`, inputs), message, out: expected };
}

function readExpectations(json: unknown, path: string, manifest: NodeManifest): Expectation[] {
  if (!Array.isArray(json)) throw tableError(path, "a list expected, empty where nothing may be emitted");
  const outputs = outputsOf(manifest);
  return json.map((entry, index) => {
    const at = `${path}[${index}]`;
    const record = readRecord(entry, at, ["port", "topic", "timestampNs", "quality", "value"]);
    const fields = readFields(record, at);
    if (record.port === logPortName) return { port: logPortName, ...fields };
    return { port: outputs[portIndex(record.port, `${at}.port`, outputs)]!.name, ...fields };
  });
}

/** Output ports by number; what a sink emits has no port in its manifest. */
export function outputsOf({ outputs, delivers }: NodeManifest): readonly PortSpec[] {
  return delivers ? [{ name: "out", type: "any" }] : outputs;
}

function portIndex(name: unknown, path: string, ports: readonly PortSpec[]): number {
  const index = name === undefined ? 0 : ports.findIndex((port) => port.name === name);
  if (ports[index] !== undefined) return index;
  const known = ports.map((port) => port.name).join(", ") || "none";
  throw tableError(
    path,
    name === undefined ? "the node has no port here" : `there is no such port; known are ${known}`,
  );
}
