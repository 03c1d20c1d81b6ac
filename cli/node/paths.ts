// Where things are in a node's folder.

import path from "node:path";

export const modulePath = (folder: string, name: string): string => path.join(folder, "dist", `${name}.wasm`);
export const tablePath = (folder: string): string => path.join(folder, "node.test.json");
