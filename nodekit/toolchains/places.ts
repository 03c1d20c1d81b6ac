// Where the kits and the example nodes are, which templates are made from.

import { dirname, join } from "node:path";

const root = dirname(dirname(import.meta.dirname));

export const kitFolder = (name: string): string => join(root, "nodekit", name);
export const exampleFolder = (name: string): string => join(root, "examples", "nodes", name);
export const witFolder = join(root, "wit");
