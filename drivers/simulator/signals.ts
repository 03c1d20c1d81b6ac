// The kinds of signals that a plant has. Each is a function of plant time and its own random numbers; none knows
// of the others, so that a tag behaves the same whatever else the plant has.

import type { TagValue } from "@flowfusion/proto";
import type { Random } from "./random.ts";

/** Gives the next value. `timeS` is plant time, seconds since the plant was started. */
export type Signal = (timeS: number) => TagValue;

export interface SignalKind {
  /** Tag name of the `number`th unit, counted from 1. */
  tag(number: number): string;
  create(random: Random): Signal;
}

const pumpSpeeds = [0, 750, 1450, 2200, 2900];
const lineStates = ["running", "idle", "setup", "fault"];

const hundredths = (value: number): number => Math.round(value * 100) / 100;
const pick = <T>(from: readonly T[], random: Random): T => from[Math.floor(random() * from.length)]!;

/** °C: a slow sine between 65 and 95 with half a degree of noise. */
const temperature: SignalKind = {
  tag: (number) => `boiler/${number}/temp`,
  create(random) {
    const phase = random() * 2 * Math.PI;
    const periodS = 20 + random() * 40;
    return (timeS) => hundredths(80 + 15 * Math.sin((2 * Math.PI * timeS) / periodS + phase) + (random() - 0.5));
  },
};

/** bar: a random walk that is drawn back to 6. */
const pressure: SignalKind = {
  tag: (number) => `boiler/${number}/pressure`,
  create(random) {
    let bar = 4 + random() * 4;
    return () => {
      bar += (random() - 0.5) * 0.2 + (6 - bar) * 0.01;
      return hundredths(bar);
    };
  },
};

/** %: filled and emptied between 10 and 90 at a steady pace. */
const level: SignalKind = {
  tag: (number) => `tank/${number}/level`,
  create(random) {
    const offset = random();
    const periodS = 60 + random() * 120;
    return (timeS) => {
      const cycle = (timeS / periodS + offset) % 1;
      return hundredths(10 + 160 * Math.min(cycle, 1 - cycle) + (random() - 0.5) * 0.2);
    };
  },
};

/** rpm: one of a few set points, held for a while. */
const speed: SignalKind = {
  tag: (number) => `pump/${number}/speed`,
  create(random) {
    let rpm = pick(pumpSpeeds, random);
    return () => {
      if (random() < 0.02) rpm = pick(pumpSpeeds, random);
      return rpm;
    };
  },
};

const valve: SignalKind = {
  tag: (number) => `valve/${number}/open`,
  create(random) {
    let isOpen = random() < 0.5;
    return () => {
      if (random() < 0.03) isOpen = !isOpen;
      return isOpen;
    };
  },
};

/** Grows by exactly 1 with every update, from 1: a receiver can count what it missed. */
const parts: SignalKind = {
  tag: (number) => `line/${number}/parts`,
  create() {
    let made = 0n;
    return () => ++made;
  },
};

const state: SignalKind = {
  tag: (number) => `line/${number}/state`,
  create(random) {
    let current = "running";
    return () => {
      if (random() < 0.02) current = pick(lineStates, random);
      return current;
    };
  },
};

/** In the order in which a plant deals them out. */
export const signalKinds: readonly SignalKind[] = [temperature, pressure, level, speed, valve, parts, state];
