// What a host asks of an instance of a flow. A flow as a gateway runs it exports just that (see artefact/face.ts); for others,
// PlainFace asks it of what they export.

/** Numbers of what `ff_call` calls. */
export const FlowCall = {
  reserve: 0,
  configure: 1,
  tick: 2,
  counters: 3,
  saveState: 4,
  loadState: 5,
  preloadState: 6,
  takeOwn: 7,
} as const;
export type FlowCall = (typeof FlowCall)[keyof typeof FlowCall];

/** Numbers of what `ff_get` gives and `ff_set` sets. */
export const FlowValue = {
  fuel: 0,
  fuelBurst: 1,
  fuelPerMessage: 2,
  currentNode: 3,
  profiling: 4,
  /** Cannot be set, as the next one. */
  control: 5,
  ticking: 6,
} as const;
export type FlowValue = (typeof FlowValue)[keyof typeof FlowValue];

export interface FlowFace {
  readonly memory: WebAssembly.Memory;
  /** Grants fuel for the messages, empties the outbox and runs them. Gives the bytes consumed. */
  readonly ff_execute_flow: (start: number, length: number, messages: number) => number;
  /** Grants the fuel, then calls a function with as many of the arguments as it takes. Gives its result; 0 where it has none. */
  readonly ff_call: (which: FlowCall, a: number, b: number, nowNs: bigint, fuel: bigint) => number;
  readonly ff_get: (which: FlowValue) => bigint;
  readonly ff_set: (which: FlowValue, value: bigint) => void;
}

export const faceExports = {
  memory: "memory",
  execute: "ff_execute_flow",
  call: "ff_call",
  get: "ff_get",
  set: "ff_set",
} as const;

export const hasFace = (exports: object): exports is FlowFace => faceExports.call in exports;
