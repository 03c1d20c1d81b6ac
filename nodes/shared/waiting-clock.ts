// The time of one tag, as the nodes see it that wait for a time to pass: the greatest timestamp that came, carried on by the
// gateway's clock while no greater one comes. So a device whose clock is wrong or was put back, or a recording that is played
// again, waits as long as it should, and the same messages and ticks always give the same time.
//
// The gateway's clock counts from the first tick after a message, so a wait may take up to one tick longer. It takes never less,
// but for up to a tick where it begins with a message that is behind.

import { later } from "./clock";

/** Beside the tick that is counted from: a message has come since that is behind the tag's time. */
const isBehind: u64 = <u64>1 << 63;

@unmanaged
export class WaitingClock {
  /** ns; 0 before the first message. */
  latestNs: u64;
  /** The tick that the time is carried on from, 0 until it comes; and `isBehind`. */
  carriedFromNs: u64;

  /** Takes in a message's timestamp; gives the tag's time, which never goes back. */
  advance(timestampNs: u64): u64 {
    if (timestampNs > this.latestNs) {
      this.latestNs = timestampNs;
      this.carriedFromNs = 0;
    } else {
      this.carriedFromNs |= isBehind;
    }
    return this.latestNs;
  }

  /** The tag's time at a tick. */
  at(nowNs: u64): u64 {
    const wasBehind = (this.carriedFromNs & isBehind) != 0;
    let fromNs = this.carriedFromNs & ~isBehind;
    // A clock that was put back counts from there.
    if (fromNs == 0 || nowNs < fromNs) fromNs = nowNs;
    const timeNs = later(this.latestNs, nowNs - fromNs);
    // What comes behind comes at the time that it is by now.
    if (wasBehind) this.latestNs = timeNs;
    this.carriedFromNs = wasBehind ? nowNs : fromNs;
    return timeNs;
  }
}
