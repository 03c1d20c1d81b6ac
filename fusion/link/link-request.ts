// What passes between the caller of the linker and the linker's process.

import { type Diagnostic, type ErrorCode, FlowFusionError } from "@flowfusion/graph";
import type { LinkInput } from "./index-spaces.ts";

export interface LinkRequest {
  /** WebAssembly text of the module that imports from the nodes. */
  readonly glue: string;
  readonly nodes: readonly LinkInput[];
  /** Names of functions of the glue that are not inlined; a star stands for any characters. */
  readonly apart: readonly string[];
}

export type LinkAnswer = { readonly wasm: Uint8Array<ArrayBuffer> } | { readonly error: LinkError };

/** An error as it crosses from process to process, where classes are lost. */
export interface LinkError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly diagnostics: readonly Diagnostic[];
}

export function toLinkError(error: unknown): LinkError {
  if (error instanceof FlowFusionError) {
    return { code: error.code, message: error.message, diagnostics: error.diagnostics };
  }
  return { code: "FF_FUSE_LINK", message: `the linker failed: ${String(error)}`, diagnostics: [] };
}

export const fromLinkError = ({ code, message, diagnostics }: LinkError): FlowFusionError =>
  new FlowFusionError(code, message, { diagnostics });
