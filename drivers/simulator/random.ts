// Seeded pseudo-random numbers (mulberry32): small, fast, and the same on every machine. Not for secrets.

export type Random = () => number;

/** Gives numbers in [0, 1). Different `stream` names give independent sequences for one seed. */
export function createRandom(seed: number, stream: string): Random {
  let state = hash(seed, stream);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a over the seed's bytes and the name. */
function hash(seed: number, stream: string): number {
  let state = 0x811c9dc5;
  const step = (byte: number) => {
    state = Math.imul(state ^ byte, 0x01000193);
  };
  for (let shift = 0; shift < 32; shift += 8) step((seed >>> shift) & 0xff);
  for (let i = 0; i < stream.length; i++) step(stream.charCodeAt(i));
  return state;
}
