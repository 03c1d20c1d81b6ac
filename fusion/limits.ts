// Every limit of modules, artefacts and running flows. A module beyond a limit is refused whole, with both numbers
// in the message; nothing is cut silently, except where a line says that it is capped.

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/**
 * What is read of a module at all, so that a small file cannot make a large description. Each is above the limits
 * below, or beyond what any compiler writes.
 */
export const readLimits = {
  /** Sections, custom ones included. */
  sectionsMax: 10_000,
  /** Function types. */
  typesMax: 20_000,
  /** Parameters, and results, of one function type. */
  valuesPerTypeMax: 1_000,
  /** Entries of any other section. */
  entriesMax: 100_000,
} as const;

/** Static measures of one module. Each bounds what loading and compiling it can cost. */
export interface ModuleLimits {
  /** Bytes of the whole file. */
  readonly moduleBytesMax: number;
  /** Functions, and globals, counted each by itself. */
  readonly functionsMax: number;
  /** Bytes of one function; optimising compilers take more than linear time in it. */
  readonly functionBytesMax: number;
  /** Locals of one function, parameters included; each call clears them, and fuel is charged for that. */
  readonly localsMax: number;
  /** Parameters of one function or block. */
  readonly paramsMax: number;
  /** Results of one function or block. */
  readonly resultsMax: number;
  /** Blocks open at one point of a function. */
  readonly nestingMax: number;
  /** Loops of all functions together; metering adds some 25 bytes to each. */
  readonly loopsMax: number;
  /** Exports and element segments, counted each by itself. */
  readonly entriesMax: number;
  /** Go's linker makes one of every run of bytes that are not zero, some 22,000 for the smallest program. */
  readonly dataSegmentsMax: number;
  /** Linear memories. */
  readonly memoriesMax: number;
  readonly tablesMax: number;
  /** Elements of all tables together when the module starts; growth beyond it is capped (see meter/). */
  readonly tableElementsMax: number;
}

const perFunction = {
  functionBytesMax: 512 * kibibyte,
  localsMax: 4_096,
  paramsMax: 128,
  resultsMax: 32,
  nestingMax: 4_096,
};

/** One node module, checked by `loadModule` before fusion. */
export const nodeLimits: ModuleLimits = {
  ...perFunction,
  moduleBytesMax: 8 * mebibyte,
  functionsMax: 20_000,
  loopsMax: 50_000,
  entriesMax: 10_000,
  dataSegmentsMax: 50_000,
  memoriesMax: 1,
  tablesMax: 4,
  tableElementsMax: 32_768,
};

/** One Flow.wasm, checked by `meter` when a gateway loads it. */
export const artefactLimits: ModuleLimits = {
  ...perFunction,
  moduleBytesMax: 32 * mebibyte,
  functionsMax: 100_000,
  loopsMax: 200_000,
  entriesMax: 20_000,
  // What V8 takes.
  dataSegmentsMax: 100_000,
  // 512 nodes and the flow's own. V8 sets 10 GiB of addresses aside for each, and a process has 128 TiB of them: it runs
  // out at some 10,000 memories, of which one flow shall not take more than a tenth, twice over during a swap.
  memoriesMax: 513,
  tablesMax: 1_024,
  tableElementsMax: 131_072,
};

/** One expression in a node's properties. More is refused with the place; nothing is cut. */
export const expressionLimits = {
  /** UTF-16 units of the text. */
  charsMax: 4_096,
  /** Names, values and operators together. It bounds what is compiled, and that six times: once for each kind of value. */
  partsMax: 500,
  /** Levels of parentheses, calls and conditionals, and of signs: both the compiler and the engine follow them. */
  nestingMax: 32,
  /** Items of a list at the right of `in`. */
  listItemsMax: 256,
  /** Arguments of one call. */
  argumentsMax: 16,
} as const;

/**
 * What a running flow may use. Fuel counts instructions, more for those that do more (see meter/cost.ts). Before
 * each call of `execute_flow` the host grants `fuelBurst` + frames × `fuelPerMessage`; a flow that uses it up traps.
 */
export interface FlowLimits {
  /** Fuel for each message of a run, at the mean over the run. A built-in node takes 100 to 1,000 of it. */
  readonly fuelPerMessage: number;
  /** Fuel on top of that for one call, so that one message among many may be dear. */
  readonly fuelBurst: number;
  /** Pages of 64 KiB that one memory may have. More at start is refused, growth beyond it fails in the flow. */
  readonly maxPagesPerMemory: number;
}

/** Calls that are made once (configure, save and load of state) are granted this many times `fuelBurst`. */
export const lifecycleFuelFactor = 20;

export const defaultFlowLimits: FlowLimits = {
  fuelPerMessage: 100_000,
  fuelBurst: 5_000_000,
  maxPagesPerMemory: 256,
};
