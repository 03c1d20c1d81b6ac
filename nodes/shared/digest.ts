// Percentiles of any number of values in bounded memory: a merging t-digest (Dunning and Ertl). Values are kept sorted,
// each with the number of values that it stands for. While there is room they are kept one by one and percentiles are
// exact; when it is full, neighbours are merged, many in the middle and few at the ends.
//
//   offset  type        field
//   0       u64         entries in use
//   8       f64 [128]   values, ascending
//   1032    f64 [128]   how many values each stands for

export const digestBytes: usize = 8 + 2 * 8 * 128;

const entriesMax: u64 = 128;
const weightsAt: usize = 8 * 128;
/** Merging leaves at most as many entries. */
const compression: f64 = 100;

@unmanaged
export class Digest {
  used: u64;

  add(value: f64): void {
    if (this.used == entriesMax) this.merge();
    let low: u64 = 0;
    let high = this.used;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.value(middle) <= value) low = middle + 1;
      else high = middle;
    }
    const at = this.address(low);
    const moved = <usize>(this.used - low) << 3;
    memory.copy(at + 8, at, moved);
    memory.copy(at + weightsAt + 8, at + weightsAt, moved);
    store<f64>(at, value);
    store<f64>(at + weightsAt, 1);
    this.used++;
  }

  /**
   * The value at `fraction` of the way from the least to the greatest, straight lines being drawn between neighbours: of
   * 1, 2, 3, 4 the half is 2.5. `count`: of all values.
   */
  at(fraction: f64, count: u64, least: f64, greatest: f64): f64 {
    const wanted = fraction * <f64>(count - 1);
    let before = least;
    let beforeRank: f64 = 0;
    let passed: f64 = 0;
    for (let index: u64 = 0; index < this.used; index++) {
      const weight = this.weight(index);
      const rank = passed + (weight - 1) / 2;
      if (rank >= wanted) return between(before, beforeRank, this.value(index), rank, wanted);
      before = this.value(index);
      beforeRank = rank;
      passed += weight;
    }
    return between(before, beforeRank, greatest, passed - 1, wanted);
  }

  get isSound(): bool {
    return this.used <= entriesMax;
  }

  private merge(): void {
    let total: f64 = 0;
    for (let index: u64 = 0; index < this.used; index++) total += this.weight(index);
    let last: u64 = 0;
    let passed: f64 = 0;
    let allowed = total * limitAfter(0);
    for (let index: u64 = 1; index < this.used; index++) {
      const value = this.value(index);
      const weight = this.weight(index);
      const joined = this.weight(last) + weight;
      if (passed + joined <= allowed) {
        const into = this.value(last);
        store<f64>(this.address(last), into + ((value - into) * weight) / joined);
        store<f64>(this.address(last) + weightsAt, joined);
        continue;
      }
      passed += this.weight(last);
      allowed = total * limitAfter(passed / total);
      last++;
      store<f64>(this.address(last), value);
      store<f64>(this.address(last) + weightsAt, weight);
    }
    this.used = last + 1;
  }

  private address(index: u64): usize {
    return changetype<usize>(this) + 8 + (<usize>index << 3);
  }

  private value(index: u64): f64 {
    return load<f64>(this.address(index));
  }

  private weight(index: u64): f64 {
    return load<f64>(this.address(index) + weightsAt);
  }
}

/** Up to which fraction an entry that begins at `fraction` may reach: one step of the scale function k1. */
function limitAfter(fraction: f64): f64 {
  const step = (Math.asin(2 * min(fraction, 1) - 1) * compression) / (2 * Math.PI) + 1;
  return step >= compression / 4 ? 1 : (Math.sin((step * 2 * Math.PI) / compression) + 1) / 2;
}

function between(before: f64, beforeRank: f64, after: f64, rank: f64, wanted: f64): f64 {
  if (rank <= beforeRank || before == after) return after;
  return before + ((after - before) * (wanted - beforeRank)) / (rank - beforeRank);
}
