// What the user writes down as a node: its type, its properties, and the ports that wires may be drawn between.
// The port types live in the type system, so that a wrong wire does not compile; the same checks run at construction
// for programs in plain JavaScript.

import type { PortType } from "@flowfusion/graph";
import type * as pulumi from "@pulumi/pulumi";
import { callerPlace, mistake, type Place } from "./place.ts";

/** Port name → what travels on it. */
export type PortTypes = { readonly [port: string]: PortType };

/** The types of an output's possible targets: `any` goes with everything, else equal or `any`. */
export type Accepts<T extends PortType> = T extends "any" ? PortType : T | "any";

/** An input port of a node in a flow: where a wire ends. */
export interface InputPort<T extends PortType = PortType> {
  /** What may travel on a wire that ends here. */
  readonly accepts: T;
}

/** An output port of a node in a flow: where a wire begins. */
export interface OutputPort<T extends PortType = PortType> {
  /** What travels on a wire that begins here. */
  readonly gives: T;
  /** Draws a wire from this output to an input of another node. */
  to(target: InputPort<Accepts<T>>): Wire;
}

/** A wire between two nodes of one flow; made with `n.source.output.to(n.target.input)`. */
export interface Wire {
  /** `source.output -> target.input`; the wire's identity, so that order never matters. */
  readonly key: string;
}

/**
 * A node before it has an id: what the builders (`filter`, `scale`, …) return. The id is the key under which it stands
 * in a flow's `nodes`.
 */
export interface NodeSpec<I extends PortTypes = PortTypes, O extends PortTypes = PortTypes> {
  /** The node type, `filter`. */
  readonly type: string;
  /** The properties as they were given. */
  readonly props: { readonly [name: string]: unknown };
  /** Input ports by name, and what they accept. */
  readonly inputs: I;
  /** Output ports by name, and what they give. */
  readonly outputs: O;
  /** The WebAssembly module of a custom node; absent for a built-in. */
  readonly module?: pulumi.Input<pulumi.asset.Asset>;
  /** Where in the program it was made, for errors. */
  readonly place?: Place;
  /** The resource that makes the node's type known to the gateway, which comes before the flow and goes after it. */
  readonly resource?: pulumi.Resource;
}

/** The ports of a node in a flow, as properties: `n.hot.in`, `n.hot.pass`. */
export type NodePorts<N> =
  N extends NodeSpec<infer I, infer O>
    ? { readonly [P in keyof I]: InputPort<I[P]> } & { readonly [P in keyof O]: OutputPort<O[P]> }
    : never;

/** Makes a node; for the generated builders and `module`. */
export function nodeSpec<I extends PortTypes, O extends PortTypes>(
  type: string,
  props: object,
  ports: { readonly inputs: I; readonly outputs: O },
  module?: pulumi.Input<pulumi.asset.Asset>,
): NodeSpec<I, O> {
  if (typeof props !== "object" || props === null || Array.isArray(props))
    throw mistake(`${type}: properties are an object, ${describe(props)} given`);
  const place = callerPlace();
  return {
    type,
    props: { ...props },
    ...ports,
    ...(module === undefined ? {} : { module }),
    ...(place === undefined ? {} : { place }),
  };
}

/** Names a value in an error message without spilling what it holds. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
