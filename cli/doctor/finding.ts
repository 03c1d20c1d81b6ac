// What a check of `flowfusion doctor` found.

/** `warning`: it works, but somebody should look. `failure`: it does not work. */
export type Verdict = "ok" | "warning" | "failure";

export interface Finding {
  readonly what: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** What to do about it, a line for each thing. */
  readonly remedy?: string;
}

export const ok = (what: string, detail: string): Finding => ({ what, verdict: "ok", detail });
export const warning = (what: string, detail: string, remedy: string): Finding => ({
  ...{ what, verdict: "warning", detail, remedy },
});
export const failure = (what: string, detail: string, remedy: string): Finding => ({
  ...{ what, verdict: "failure", detail, remedy },
});
