// Where in the user's program something was written, so that errors can say so. Taken from the stack: the nearest call
// that is not of this package.

import path from "node:path";
import { fileURLToPath } from "node:url";

/** How a place is spelled in errors: `index.ts:12:5`, from the folder that the program runs in. */
export type Place = string;

const ownFolder = `${import.meta.dirname}${path.sep}`;
const framePattern = /\(?((?:file:\/\/)?[^\s()]+):(\d+):(\d+)\)?$/;

/** The line of the program that called into this package; undefined where the stack does not tell. */
export function callerPlace(): Place | undefined {
  for (const frame of (new Error().stack ?? "").split("\n").slice(1)) {
    const [, location, line, column] = framePattern.exec(frame) ?? [];
    if (location === undefined || location.startsWith("node:")) continue;
    const file = location.startsWith("file:") ? fileURLToPath(location) : location;
    if (!path.isAbsolute(file) || (file.startsWith(ownFolder) && !file.endsWith(".test.ts"))) continue;
    return `${path.relative("", file)}:${line}:${column}`;
  }
  return undefined;
}

/** An error of the program's author, with the place at its end. */
export function mistake(message: string, place = callerPlace()): TypeError {
  return new TypeError(place === undefined ? message : `${message} (${place})`);
}
