// Time that goes on steadily, whatever is done to the machine's clock: what has a length is measured by it, such as a session or a
// time of refusal, so that a clock that is put back makes none of them longer.

/** ms since the Unix epoch, as the clock was when the process began. */
export const steadyNowMs = (): number => performance.timeOrigin + performance.now();
