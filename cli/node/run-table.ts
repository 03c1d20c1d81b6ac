// Runs a node against the cases of a table, without a gateway, and says where it did something else.

import { defaultFlowLimits, encodeProperties, type FuelGrant, NodeInstance } from "@flowfusion/fusion";
import {
  decodeMessage,
  encodeMessage,
  FlowFusionError,
  type NodeModule,
  type PropValue,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { fieldsJson, type Json } from "./message-json.ts";
import { type Case, type Expectation, logPortName, outputsOf, type Step } from "./table.ts";

export interface CaseResult {
  readonly title: string;
  /** Fuel that its dearest step took. */
  readonly fuelMax: number;
  /** Absent when the node did what the case says. */
  readonly failure?: CaseFailure;
}

interface CaseFailure {
  /** From 1 on; 0 while the node was configured. */
  readonly step: number;
  /** What happened, where it is not that emissions differ. */
  readonly message?: string;
  readonly expected: readonly { readonly [key: string]: Json }[];
  /** With the fields that were asked for, where an expected message stands beside it. */
  readonly actual: readonly { readonly [key: string]: Json }[];
}

const logPort = 0xffff_ffff;
const defaults = { topic: "tag", timestampNs: 0n, quality: 0, value: null } as const;

/** `fuel`: what a call is granted; what a gateway grants by default when absent. */
export function runTable(
  module: NodeModule,
  cases: readonly Case[],
  fuel: FuelGrant = defaultFlowLimits,
): CaseResult[] {
  return cases.map((one) => {
    const run = new CaseRun(module, one, fuel);
    const failure = run.run();
    return { title: one.title, fuelMax: run.fuelMax, ...(failure && { failure }) };
  });
}

class CaseRun {
  readonly #module: NodeModule;
  readonly #case: Case;
  readonly #fuel: FuelGrant;
  #wasm: Uint8Array;
  #node: NodeInstance | undefined;
  /** After a restart, of a node whose state replaces: one that loaded an earlier state before. It has to do the same. */
  #reloaded: NodeInstance | undefined;
  #earlier: Uint8Array | undefined;
  #properties: Uint8Array = new Uint8Array(0);
  fuelMax = 0;

  constructor(module: NodeModule, one: Case, fuel: FuelGrant) {
    this.#fuel = fuel;
    this.#module = module;
    this.#case = one;
    this.#wasm = module.wasm;
  }

  run(): CaseFailure | undefined {
    const refusal = this.#guard(() => this.#configure());
    const { refused, steps } = this.#case;
    if (typeof refusal === "object") return { step: 0, expected: [], actual: [], ...refusal };
    if (refused === undefined && refusal !== undefined) return failed(0, `the node refused its properties: ${refusal}`);
    if (refused !== undefined) {
      if (refusal === undefined)
        return failed(0, `a refusal with "${refused}" was expected, the node took the properties`);
      return refusal.includes(refused) ? undefined : failed(0, `refused with "${refusal}", "${refused}" expected`);
    }
    for (const [index, step] of steps.entries()) {
      const failure = this.#step(step);
      if (failure) return { step: index + 1, expected: [], actual: [], ...failure };
    }
    return undefined;
  }

  #configure(): string | undefined {
    try {
      const props = resolvedProps(this.#module, this.#case.props);
      this.#properties = encodeProperties(props, this.#module.manifest.props);
      this.#wasm = this.#module.expressions?.compile(props) ?? this.#module.wasm;
    } catch (error) {
      if (error instanceof FlowFusionError)
        return error.diagnostics.map(({ path, message }) => `${path}: ${message}`).join("; ");
      throw error;
    }
    return this.#start().configure(this.#properties);
  }

  /** Under the limits that a gateway has. */
  #start(): NodeInstance {
    this.#node = new NodeInstance(this.#wasm, this.#fuel);
    return this.#node;
  }

  #step(step: Step): Partial<CaseFailure> | undefined {
    if (step.kind === "restart") return this.#guard(() => this.#restart());
    const node = this.#node!;
    const emitted = this.#guard(() => {
      if (this.#module.manifest.replacesState) this.#earlier = node.saveState();
      return this.#run(node, step);
    });
    this.fuelMax = Math.max(this.fuelMax, node.fuelUsed);
    if (!Array.isArray(emitted)) return emitted;
    const reloaded = this.#reloaded && this.#guard(() => this.#run(this.#reloaded!, step));
    return difference(step.out, emitted) ?? leftBehind(emitted, reloaded);
  }

  #run(node: NodeInstance, step: Exclude<Step, { readonly kind: "restart" }>): Expectation[] {
    const emitted: Expectation[] = [];
    const collect = (port: number, bytes: Uint8Array) => {
      emitted.push({ port: this.#portName(port), ...decodeMessage(bytes) });
    };
    if (step.kind === "tick") node.tick(step.nowNs, collect);
    else node.handle(step.port, encodeMessage({ ...defaults, ...step.message }), collect);
    return emitted;
  }

  #restart(): Partial<CaseFailure> | undefined {
    const state = this.#node!.saveState();
    const load = (...states: readonly Uint8Array[]) => {
      const node = this.#start();
      const refusal = [node.configure(this.#properties), ...states.map((one) => node.loadState(one))].find(
        (reason) => reason !== undefined,
      );
      return { node, refusal };
    };
    const reloaded = this.#earlier && load(this.#earlier, state);
    this.#reloaded = reloaded?.node;
    const refusal = load(state).refusal ?? reloaded?.refusal;
    return refusal === undefined ? undefined : { message: `the node refused its own state: ${refusal}` };
  }

  #portName(port: number): string {
    if (port === logPort) return logPortName;
    const output = outputsOf(this.#module.manifest)[port];
    if (!output) throw new RangeError(`it emitted on port ${port}, which the manifest does not have`);
    return output.name;
  }

  /** What a trap, or an emission that is no message, comes to. */
  #guard<T>(run: () => T): T | { message: string } {
    try {
      return run();
    } catch (error) {
      if (error instanceof FlowFusionError) throw error;
      const printed = this.#node?.printed.trimEnd() ?? "";
      const said = printed === "" ? "" : `\nBefore that it printed:\n${printed}`;
      return { message: `the node failed: ${(error as Error).message}${said}` };
    }
  }
}

/** The properties as a flow would hand them on: checked, with defaults. */
function resolvedProps(module: NodeModule, props: Case["props"]): { readonly [name: string]: PropValue } {
  const { manifest } = module;
  // Standing alone, the node has no wires.
  const inputs = manifest.inputs.map((port) => ({ ...port, optional: true }));
  const catalog = new Map([[manifest.name, { ...module, manifest: { ...manifest, inputs } }]]);
  const graph = parseGraph({ nodes: { node: { type: manifest.name, props } }, wires: {} });
  return resolveGraph(graph, catalog).nodes[0]!.props;
}

const failed = (step: number, message: string): CaseFailure => ({ step, message, expected: [], actual: [] });

const asJson = ({ port, ...fields }: Expectation) => ({ port, ...fieldsJson(fields) }) as { [key: string]: Json };

function leftBehind(
  emitted: readonly Expectation[],
  reloaded: readonly Expectation[] | { message: string } | undefined,
): Partial<CaseFailure> | undefined {
  if (!reloaded) return undefined;
  const [fresh, other] = [emitted.map(asJson), "message" in reloaded ? reloaded.message : reloaded.map(asJson)];
  if (JSON.stringify(fresh) === JSON.stringify(other)) return undefined;
  return {
    message: `the manifest says replacesState, but with an earlier state loaded first the node does something else:
${JSON.stringify(other)}
where without it does:
${JSON.stringify(fresh)}`,
  };
}

function difference(
  expected: readonly Expectation[],
  emitted: readonly Expectation[],
): Partial<CaseFailure> | undefined {
  const wanted = expected.map(asJson);
  const actual = emitted.map(asJson).map((message, index) => {
    const asked = wanted[index];
    return asked ? Object.fromEntries(Object.entries(message).filter(([key]) => key in asked)) : message;
  });
  return JSON.stringify(wanted) === JSON.stringify(actual) ? undefined : { expected: wanted, actual };
}
