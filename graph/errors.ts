// The one registry of error codes. Every error that a user can meet has its line here, with what it means and
// what to do; docs/reference/errors.md is generated from it.

export interface ErrorEntry {
  /** What happened, as one sentence. */
  readonly meaning: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

export const errorRegistry = {
  FF_GRAPH_SYNTAX: {
    meaning: "The graph document is not of the expected shape.",
    remedy: "Compare the part that the path names with the example in the documentation.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorRegistry;

/** One problem of one place: `path` names the place (`nodes.hot.props.value`), the message says what, with numbers on both sides. */
export interface Diagnostic {
  readonly code: ErrorCode;
  readonly path: string;
  readonly message: string;
}

/** An operating error with a stable code. Callers branch on `code` and `diagnostics`, never on the text. */
export class FlowFusionError extends Error {
  readonly code: ErrorCode;
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FlowFusionError";
    this.code = code;
    this.diagnostics = options.diagnostics ?? [];
  }
}
