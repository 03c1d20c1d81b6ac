// How a process compiles binaryen: it is 10 MB of WebAssembly, of which a link runs some, each part for the first time.
//
// V8 compiles a function quickly when it is first called, and those that run often once more, well, in threads of its own.
// For a flow of eight nodes those threads work four times as long as the linker itself, and are never done in time to be of
// use; on a machine of two cores the linker waits for them. From some fifty nodes on they are worth it
// (docs/adr/0072-linking-in-a-process.md has the figures). V8 takes such a choice for a whole process alone.

export type Effort = "start fast" | "run fast";

const runFastNodesMin = 50;

/** `nodes`: of all flows that wait to be linked. */
export function effortFor(nodes: number): Effort {
  return nodes < runFastNodesMin ? "start fast" : "run fast";
}

/** What Node.js is started with, be it for the linker or for a process that fuses itself. */
export function v8Options(effort: Effort): string[] {
  return effort === "start fast" ? ["--liftoff-only"] : [];
}
