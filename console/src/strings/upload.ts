// What the upload of a node module says.

export const uploadStrings = {
  title: "Upload a node module",
  text: "A WebAssembly module that was built for Flow Fusion. It is looked at first; nothing is stored until you add it.",
  drop: "Drop a .wasm file here",
  orChoose: "or choose one",
  another: "drop or choose another",
  file: "Module file",
  looking: "Looking at the module",
  refused: "The gateway refuses this module",
  isArtefact: "This is a fused flow, not a node",
  same: "already in the palette",
  builtIn: "A built-in node has this name",
  replaces: (version: string) => `takes the place of ${version}`,
  inputs: "Inputs",
  outputs: "Outputs",
  properties: "Properties",
  none: "none",
  features: "Features",
  imports: "Imports",
  digest: "Digest",
  limits: (all: number, exceeded: number) =>
    exceeded === 0 ? `Within all ${all} limits` : `Over ${exceeded} of ${all} limits`,
  ofLimit: (value: string, limit: string) => `${value} of ${limit}`,
  add: "Add to the palette",
  cancel: "Cancel",
  nothingToAdd: "Nothing that can be added",
  tooLarge: (bytes: number, limit: number) =>
    `The file has ${bytes.toLocaleString()} bytes; a module may have ${limit.toLocaleString()}.`,
} as const;
