// The public keys of those whose releases a gateway runs, from files.

import { readFile } from "node:fs/promises";
import { type Publisher, readPublisher } from "@flowfusion/fusion";
import { FlowFusionError, reasonOf } from "@flowfusion/graph";

/** Throws FF_RELEASE_KEY, which names the file. */
export async function loadPublishers(paths: readonly string[]): Promise<readonly Publisher[]> {
  return Promise.all(
    paths.map(async (path) => {
      try {
        return readPublisher(await readFile(path, "utf8"));
      } catch (error) {
        throw new FlowFusionError("FF_RELEASE_KEY", `${path}: ${reasonOf(error)}`, { cause: error });
      }
    }),
  );
}
