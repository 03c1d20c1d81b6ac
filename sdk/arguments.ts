// Mistakes that the compiler cannot stop in a JavaScript program: told at construction, with the place and what was given.

import { describe } from "./node.ts";
import { mistake } from "./place.ts";

/** Throws where something else than an object was given; `shape` says what is expected. */
export function requireObject<T>(where: string, given: T, shape: string): T {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
  throw mistake(`${where} is ${shape}, ${describe(given)} given`);
}
