// How much two pictures of a screen differ.

import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

/** How far a colour may be off, 0 to 1: letters are smoothed a little otherwise by each version of the browser. */
const threshold = 0.2;

/** Of the pixels, how many differ; all of them where the sizes do. */
export function differingShare(shot: Buffer, expected: Buffer): number {
  const [a, b] = [PNG.sync.read(shot), PNG.sync.read(expected)];
  if (a.width !== b.width || a.height !== b.height) return 1;
  const diff = pixelmatch(a.data, b.data, undefined, a.width, a.height, { threshold });
  return diff / (a.width * a.height);
}
