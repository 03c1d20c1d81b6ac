// In which order a change reaches the gateways of a fleet: in waves, each of some gateways by name, of a number of them, or of
// a share of all. Pure.

/** Which gateways a wave has: those of these names, so many of the others, or a share of all, rounded up, such as `"25%"`. */
export type Wave = readonly string[] | number | `${number}%`;

/** One gateway, the canary, and then the rest. */
export const wavesDefault: readonly Wave[] = [1];

/**
 * Deals the gateways out: by name where a wave names them, the others in their order. What is left over is the last wave, and
 * waves without gateways are left out. Throws a TypeError for a wave that is none.
 */
export function dealOut(gateways: readonly string[], waves: readonly Wave[]): string[][] {
  if (!Array.isArray(waves)) throw new TypeError(`waves: an array such as [1, "25%"] expected, ${kindOf(waves)} given`);
  const named = namedIn(waves, gateways);
  const others = gateways.filter((gateway) => !named.has(gateway));
  const dealt = waves.map((wave: Wave, index) =>
    Array.isArray(wave) ? [...wave] : others.splice(0, countOf(wave as number | string, gateways.length, index)),
  );
  return [...dealt, others].filter((wave) => wave.length > 0);
}

function namedIn(waves: readonly Wave[], gateways: readonly string[]): ReadonlySet<string> {
  const named = new Set<string>();
  for (const [index, wave] of waves.entries()) {
    for (const name of Array.isArray(wave) ? wave : []) {
      if (!gateways.includes(name))
        throw new TypeError(
          `waves[${index}]: there is no gateway ${JSON.stringify(name)}; there is ${gateways.join(", ") || "none"}`,
        );
      if (named.has(name)) throw new TypeError(`waves[${index}]: the gateway "${name}" is named twice`);
      named.add(name);
    }
  }
  return named;
}

function countOf(wave: number | string, all: number, index: number): number {
  const share = typeof wave === "string" ? Number(/^(\d+(?:\.\d+)?)%$/.exec(wave)?.[1]) : undefined;
  if (share === undefined ? Number.isSafeInteger(wave) && Number(wave) > 0 : share > 0 && share <= 100)
    return share === undefined ? Number(wave) : Math.ceil((share * all) / 100);
  throw new TypeError(
    `waves[${index}]: names of gateways, a number of them, 1 or more, or a share such as "25%" expected, ${JSON.stringify(wave)} given`,
  );
}

const kindOf = (value: unknown): string =>
  value === null || value === undefined ? String(value) : typeof value === "object" ? "an object" : `a ${typeof value}`;
