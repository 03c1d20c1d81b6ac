// Who may change nothing could still push out of the audit log what others changed, and make all wait for the disk, by being
// refused without end. A call that changes nothing costs its token one of a few entries a minute; those beyond are counted, and
// become one entry when the minute is over.

export const AUDIT_BUDGET_ENTRIES = 10;
const WINDOW_MS = 60_000;

export interface BudgetedCall {
  readonly who: string;
  readonly role: string;
  readonly remote: string;
  readonly action: string;
  readonly status: number;
}

/** Calls of one token. */
export interface SummedCalls {
  readonly last: BudgetedCall;
  /** How many, by action and status. */
  readonly counts: { readonly [call: string]: number };
}

interface Window {
  left: number;
  last: BudgetedCall | undefined;
  readonly counts: Record<string, number>;
  readonly timer: NodeJS.Timeout;
}

export class AuditBudget {
  readonly #onSum: (sum: SummedCalls) => void;
  /** By the name of the token, from its first such call on. */
  readonly #windows = new Map<string, Window>();

  constructor(onSum: (sum: SummedCalls) => void) {
    this.#onSum = onSum;
  }

  /** Whether the call gets an entry of its own; one that does not is counted. */
  spend(call: BudgetedCall): boolean {
    const window = this.#windows.get(call.who) ?? this.#open(call.who);
    if (window.left > 0) {
      window.left--;
      return true;
    }
    const key = `${call.action} ${call.status}`;
    window.counts[key] = (window.counts[key] ?? 0) + 1;
    window.last = call;
    return false;
  }

  /** Ends every minute now. */
  settle(): void {
    for (const who of [...this.#windows.keys()]) this.#close(who);
  }

  #open(who: string): Window {
    const timer = setTimeout(() => this.#close(who), WINDOW_MS).unref();
    const window: Window = { left: AUDIT_BUDGET_ENTRIES, last: undefined, counts: {}, timer };
    this.#windows.set(who, window);
    return window;
  }

  #close(who: string): void {
    const { timer, last, counts } = this.#windows.get(who)!;
    clearTimeout(timer);
    this.#windows.delete(who);
    if (last !== undefined) this.#onSum({ last, counts });
  }
}
