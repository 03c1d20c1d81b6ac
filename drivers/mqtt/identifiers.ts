// Subscription identifiers of MQTT 5: for which subscription a broker sends a copy of a message. What it queued while the driver
// was away carries those of the configuration then, so an identifier is of the filter, wherever that stands.

const identifierMax = 268_435_455;

export class Identifiers {
  readonly #byFilter = new Map<string, number>();
  readonly #taken = new Set<number>();

  constructor(filters: readonly string[]) {
    for (const filter of filters) {
      if (this.#byFilter.has(filter)) continue;
      let identifier = hashOf(filter);
      while (this.#taken.has(identifier)) identifier = (identifier % identifierMax) + 1;
      this.#taken.add(identifier);
      this.#byFilter.set(filter, identifier);
    }
  }

  of(filter: string): number {
    return this.#byFilter.get(filter)!;
  }

  /** Whether a copy with these identifiers is for the filter: not where it is for others of the configuration alone. */
  isFor(filter: string, identifiers: readonly number[]): boolean {
    return identifiers.includes(this.of(filter)) || !identifiers.some((one) => this.#taken.has(one));
  }
}

/** FNV-1a, from 1 to the greatest identifier. */
function hashOf(filter: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(filter)) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash >>> 0) % identifierMax) + 1;
}
