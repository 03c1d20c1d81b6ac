// The part of the WebAssembly JavaScript API that this project uses. TypeScript ships it only with the browser's
// types, which would let `window` and `document` into code that runs on a gateway.

declare namespace WebAssembly {
  type Exports = Record<string, unknown>;
  interface ExportDescriptor {
    name: string;
    kind: "function" | "table" | "memory" | "global" | "tag";
  }
  class Module {
    constructor(bytes: Uint8Array);
    static exports(module: Module): ExportDescriptor[];
    static imports(module: Module): ExportDescriptor[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Exports>);
    readonly exports: Exports;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Global<T = number | bigint> {
    value: T;
  }
  class RuntimeError extends Error {}
  class CompileError extends Error {}
  function compile(bytes: Uint8Array): Promise<Module>;
  function validate(bytes: Uint8Array): boolean;
}
