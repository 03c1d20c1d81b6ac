// From a list of problems to the one error that carries them all, and back.

import { type Diagnostic, FlowFusionError } from "@flowfusion/graph";

/** Throws when there is a problem; the error bears the first problem's code, and all of them as diagnostics. */
export function throwProblems(subject: string, problems: readonly Diagnostic[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const texts = problems.map(({ path, message }) => (path.includes(".") ? `${path}: ${message}` : message));
  throw new FlowFusionError(first.code, `${subject} refused: ${texts.join("; ")}`, { diagnostics: problems });
}

/** The problems that an error tells of, under `path`. Errors that are not ours are thrown again. */
export function problemsOf(error: unknown, path: string): readonly Diagnostic[] {
  if (!(error instanceof FlowFusionError)) throw error;
  const { code, message, diagnostics } = error;
  if (diagnostics.length === 0) return [{ code, path, message }];
  return diagnostics.map((entry) => ({ ...entry, path: entry.path === "" ? path : `${path}.${entry.path}` }));
}
