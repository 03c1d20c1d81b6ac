// A new version on trial: the version before is kept compiled, with the state that it had at the swap, until the health
// gate closes. The trial says what it finds; rolling back is the agent's to ask for, since it is a new version. Without a
// gate nothing is judged, and the version before is kept for a moment: the new one may turn out not to be recordable.

import { faultOf, noteOf } from "./health.ts";
import type { LoadedProgram } from "./launch.ts";
import type { HealthGate, TrialOutcome } from "./types.ts";
import { type Span, spanBetween, type Vitals } from "./vitals.ts";

const keptUnjudgedMs = 10_000;
/** For the agent to go back from an unhealthy version, which may wait for its turn, and may fail. */
const keptUnhealthyMs = 60_000;
/** Of the time between two looks, of which ten come a second, so much counts: while a machine stood still, nothing was tried. */
const lookMsMax = 250;

export class Trial {
  /** The version before. */
  readonly program: LoadedProgram;
  /** Its state at the swap. */
  readonly state: Uint8Array | undefined;
  readonly outcome: Promise<TrialOutcome>;
  readonly #gate: HealthGate | undefined;
  readonly #before: Span;
  readonly #began: Vitals;
  readonly #close: (outcome: TrialOutcome) => void;
  #lookedAtMs: number;
  #triedMs = 0;
  #unhealthyMs = 0;
  #isClosed = false;

  constructor(
    before: { readonly program: LoadedProgram; readonly state: Uint8Array | undefined; readonly span: Span },
    began: Vitals,
    gate: HealthGate | undefined,
  ) {
    const { promise, resolve } = Promise.withResolvers<TrialOutcome>();
    this.program = before.program;
    this.state = before.state;
    this.outcome = promise;
    this.#before = before.span;
    this.#began = began;
    this.#lookedAtMs = began.atMs;
    this.#gate = gate;
    this.#close = (outcome) => {
      this.#isClosed = true;
      resolve(outcome);
    };
    if (!gate) this.#close({ verdict: "healthy", ms: 0 });
  }

  /** Looks at how the new version is doing. True when the version before need not be kept any longer. */
  check(now: Vitals, executeP50Us: number): boolean {
    const span = spanBetween(this.#began, now, executeP50Us);
    if (!this.#gate) return span.ms >= keptUnjudgedMs;
    const lookMs = Math.min(now.atMs - this.#lookedAtMs, lookMsMax);
    this.#lookedAtMs = now.atMs;
    if (this.#isClosed) {
      this.#unhealthyMs += lookMs;
      return this.#unhealthyMs >= keptUnhealthyMs;
    }
    this.#triedMs += lookMs;
    const isLast = this.#triedMs >= this.#gate.ms;
    const why = faultOf(this.#before, span, this.#gate, isLast);
    if (why !== undefined) this.#close({ verdict: "unhealthy", ms: span.ms, why });
    else if (isLast) this.#close({ verdict: "healthy", ms: span.ms, note: noteOf(this.#before, span) });
    return isLast && why === undefined;
  }

  /** Something else took the place of the version on trial. */
  abandon(): void {
    if (!this.#isClosed) this.#close({ verdict: "superseded" });
  }
}
