// Where in the user's program something was written, so that errors can say so. Taken from the stack: the nearest call
// that is not of this package.

import path from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";

/** How a place is spelled in errors: `index.ts:12:5`, from the folder that the program runs in. */
export type Place = string;

const ownFolder = `${import.meta.dirname}${path.sep}`;
const framePattern = /\(?((?:file:\/\/)?[^\s()]+):(\d+):(\d+)\)?$/;

/** The line of the program that called into this package; undefined where the stack does not tell. */
export function callerPlace(): Place | undefined {
  const frame = callerFrame();
  if (frame === undefined) return undefined;
  const [, location = "", line, column] = framePattern.exec(frame) ?? [];
  return `${path.relative("", fileOf(location))}:${line}:${column}`;
}

/**
 * The nearest frame of the stack that is in the program, as text. What compiles programs on their way (ts-node, tsx) maps
 * the frames of a stack back to the source, at some cost for each; so it is given that one alone.
 */
function callerFrame(): string | undefined {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (error, sites) => {
    const site = sites.find((each) => isOfProgram(each.getFileName()));
    if (site === undefined) return undefined;
    return prepareStackTrace === undefined ? ` at ${site}` : prepareStackTrace(error, [site]);
  };
  try {
    const stack: unknown = new Error().stack;
    return typeof stack === "string" ? stack.trimEnd().split("\n").at(-1) : undefined;
  } finally {
    if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    else Error.prepareStackTrace = prepareStackTrace;
  }
}

function isOfProgram(location: string | null | undefined): boolean {
  if (typeof location !== "string" || location.startsWith("node:")) return false;
  const file = fileOf(location);
  return path.isAbsolute(file) && (!file.startsWith(ownFolder) || file.endsWith(".test.ts"));
}

const fileOf = (location: string): string => (location.startsWith("file:") ? fileURLToPath(location) : location);

/**
 * An error of the program's author, with the place at its end. Pulumi shows its message alone: the place says more than a
 * stack that leads into this package.
 */
export function mistake(message: string, place = callerPlace()): pulumi.RunError {
  return new pulumi.RunError(place === undefined ? message : `${message} (${place})`);
}
