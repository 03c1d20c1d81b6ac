// What a node of Node-RED becomes: nodes of Flow Fusion with the wires between them, or a reason why it cannot.

import type { PropValue } from "@flowfusion/graph";
import type { RedNode } from "./export.ts";

export interface Spec {
  readonly type: string;
  readonly props: { readonly [name: string]: PropValue };
}

/** A port of one of a mapping's nodes. */
export type Port = readonly [spec: number, port: string];

export interface Mapping {
  readonly specs: readonly Spec[];
  /** Where what comes in goes to. */
  readonly inputs: readonly Port[];
  /** By output of the Node-RED node: what comes out there. */
  readonly outputs: readonly (readonly Port[])[];
  readonly inner: readonly (readonly [from: Port, to: Port])[];
  /** What behaves differently, for the reader to know. */
  readonly remarks: readonly string[];
  /** What holds for all nodes of the sort, and is told once. */
  readonly notes?: readonly string[];
  /** The field of a JSON payload that is meant: it comes from the driver as a tag of its own. */
  readonly field?: string;
  /** What has to run beside the flow. */
  readonly driver?: DriverNeed;
}

/** A part of a driver's configuration; parts for one device are put together. */
export type DriverNeed =
  | { readonly kind: "mqtt"; readonly name: string; readonly url: string; readonly subscription: PropValue }
  | {
      readonly kind: "modbus";
      readonly name: string;
      readonly host: string;
      readonly port: number;
      readonly group: { readonly pollIntervalMs: number; readonly unitId: number; readonly tags: readonly PropValue[] };
    };

/** The node has no counterpart, or uses something that has none. */
export class Unmappable extends Error {}

export interface MapContext {
  /** The configuration node that a setting names. */
  config(id: unknown): RedNode | undefined;
  /** Whether all that reaches the node is one register of a Modbus device, which Node-RED hands over as a list. */
  readonly isFedByRegister: boolean;
  /** Whether all that reaches the node is what a broker sends. */
  readonly isFedByBroker: boolean;
  /** The nodes that it goes to. */
  readonly after: readonly RedNode[];
}

export type Mapper = (node: RedNode, context: MapContext) => Mapping;

/** Nodes in a row. */
export function chain(specs: readonly Spec[], more: Partial<Mapping> = {}): Mapping {
  const last = specs.length - 1;
  return {
    specs,
    inputs: [[0, "in"]],
    outputs: [[[last, outputOf(specs[last]!)]]],
    inner: specs.slice(1).map((_, index) => [
      [index, outputOf(specs[index]!)],
      [index + 1, "in"],
    ]),
    remarks: [],
    ...more,
  };
}

/** A node that messages come from. */
export const source = (specs: readonly Spec[], more: Partial<Mapping> = {}): Mapping =>
  chain(specs, { inputs: [], ...more });

/** A node that messages end at. */
export const sink = (spec: Spec, more: Partial<Mapping> = {}): Mapping => chain([spec], { outputs: [], ...more });

const outputOf = ({ type }: Spec): string => (type === "filter" ? "pass" : "out");

export const spec = (type: string, props: Spec["props"] = {}): Spec => ({ type, props });

/** `payload.temp` → the field; undefined for the payload itself. */
export function payloadField(property: unknown): string | undefined {
  const text = typeof property === "string" && property !== "" ? property : "payload";
  if (text === "payload") return undefined;
  const field = /^payload((?:\.[A-Za-z_$][\w$]*)+)$/.exec(text)?.[1];
  if (field === undefined) throw new Unmappable(`it works on msg.${text}, and messages have a value and a topic alone`);
  return field.slice(1);
}

export const withField = (field: string | undefined): Pick<Mapping, "field"> | object =>
  field === undefined ? {} : { field };

/** Names from an export are looked up in tables that have these entries alone, and nothing that every object has. */
export function byName<T>(entries: { readonly [name: string]: T }): { readonly [name: string]: T } {
  return Object.assign(Object.create(null) as object, entries);
}

const unitsMs: { readonly [unit: string]: number } = byName({
  ...{ ms: 1, milliseconds: 1, s: 1_000, second: 1_000, seconds: 1_000 },
  ...{ m: 60_000, minute: 60_000, minutes: 60_000, h: 3_600_000, hour: 3_600_000, hours: 3_600_000 },
  ...{ d: 86_400_000, day: 86_400_000, days: 86_400_000 },
});

export function durationMs(count: unknown, unit: unknown): number {
  const ms = Number(count) * (unitsMs[String(unit)] ?? 1_000);
  if (!Number.isFinite(ms) || ms <= 0) throw new Unmappable(`${String(count)} ${String(unit)} is no time`);
  return Math.round(ms);
}

/** A number that a setting must hold. */
export function numberIn(value: unknown, what: string): number {
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) throw new Unmappable(`its ${what} is "${String(value)}", and no number`);
  return number;
}

/** A double in an expression. */
export const double = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value).replace(/^(-?\d+)e/, "$1.0e");

/** A text in an expression. */
export const quoted = (text: string): string => JSON.stringify(text);
