// The time of one tag by what its device says: the greatest timestamp that came, carried on by the gateway's clock while
// nothing comes. It is for what belongs to times of the device, as a window does; what only waits for a time to pass goes by
// `waiting-clock.ts`. The same messages and ticks always give the same time.
//
// The gateway's clock counts from the first tick after a message, so a wait may take up to one tick longer, never less.

@unmanaged
export class TagClock {
  /** ns; 0 before the first message. */
  latestNs: u64;
  /** The tick that the silence is counted from; 0 until it comes. */
  silentSinceNs: u64;

  /** Takes in a message's timestamp; gives the tag's time, which never goes back. */
  advance(timestampNs: u64): u64 {
    this.silentSinceNs = 0;
    this.latestNs = max(this.latestNs, timestampNs);
    return this.latestNs;
  }

  /** The tag's time at a tick. */
  at(nowNs: u64): u64 {
    // A clock that was put back counts from there.
    if (this.silentSinceNs == 0 || nowNs < this.silentSinceNs) this.silentSinceNs = nowNs;
    return later(this.latestNs, nowNs - this.silentSinceNs);
  }
}

/** `ns` and a duration; the end of time where that would be beyond it. */
export function later(ns: u64, durationNs: u64): u64 {
  return ns + durationNs < ns ? u64.MAX_VALUE : ns + durationNs;
}

/** How long after `fromNs` that is; 0 when it is before. */
export function since(fromNs: u64, ns: u64): u64 {
  return ns > fromNs ? ns - fromNs : 0;
}
