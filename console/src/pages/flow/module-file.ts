// A file that somebody drops on the page, hoping that it is a node module.

import { uploadStrings as strings } from "../../strings/upload.ts";

export interface DroppedModule {
  readonly name: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
}

/** The gateway takes no larger module; a larger file is not even read. */
const bytesMax = 8 * 1024 * 1024;

export async function readModuleFile(file: File): Promise<DroppedModule> {
  if (file.size > bytesMax) throw new Error(strings.tooLarge(file.size, bytesMax));
  return { name: file.name, wasm: new Uint8Array(await file.arrayBuffer()) };
}

export const moduleFileIn = ({ dataTransfer }: DragEvent): File | undefined =>
  [...(dataTransfer?.files ?? [])].find(({ name }) => name.endsWith(".wasm"));

/** While it is dragged a browser tells that there are files, not which. */
export const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") === true;
