// A made-up plant: boilers, tanks, pumps, valves and lines, one tag each kind a unit. Pure and deterministic: the
// same seed, number of tags and plant times give the same readings. Quality is bad or uncertain now and then, for a
// few updates in a row, as with a loose wire.

import type { TagQuality, TagValue } from "@flowfusion/proto";
import { createRandom, type Random } from "./random.ts";
import { type Signal, signalKinds } from "./signals.ts";

export interface PlantOptions {
  /** An unsigned 32-bit integer. */
  readonly seed: number;
  /** How many tags, at least 1. */
  readonly tags: number;
}

export interface Reading {
  readonly value: TagValue;
  readonly quality: TagQuality;
}

export interface Plant {
  /** Tag names; the index into this list names a tag in `read`. */
  readonly tags: readonly string[];
  /** The next reading of a tag at plant time `timeS`, seconds since the start. */
  read(tag: number, timeS: number): Reading;
}

/** Chance that a spell of lesser quality begins with an update, and the most updates that it lasts. */
const spellChance = 0.002;
const spellUpdatesMax = 5;

export const plantTags = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => kindOf(i).tag(Math.floor(i / signalKinds.length) + 1));

export function createPlant(options: PlantOptions): Plant {
  const tags = plantTags(options.tags);
  const instruments = tags.map((tag, i) => {
    const signal = kindOf(i).create(createRandom(options.seed, `${tag} value`));
    return createInstrument(signal, createRandom(options.seed, `${tag} quality`));
  });
  return { tags, read: (tag, timeS) => instruments[tag]!(timeS) };
}

const kindOf = (index: number) => signalKinds[index % signalKinds.length]!;

function createInstrument(signal: Signal, random: Random): (timeS: number) => Reading {
  let quality: TagQuality = 0;
  let spellLeft = 0;
  return (timeS) => {
    if (spellLeft > 0) {
      spellLeft--;
    } else if (random() < spellChance) {
      quality = random() < 0.5 ? 1 : 2;
      spellLeft = Math.floor(random() * spellUpdatesMax);
    } else {
      quality = 0;
    }
    return { value: signal(timeS), quality };
  };
}
