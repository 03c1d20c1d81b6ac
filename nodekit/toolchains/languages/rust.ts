// Rust, as a plain core module without std.

import type { Language } from "../language.ts";
import { exampleFolder, kitFolder } from "../places.ts";
import { cargoBuild, findCargo } from "./cargo.ts";

export const rust: Language = {
  name: "rust",
  title: "Rust",
  marker: "Cargo.toml",
  markerContent: /flowfusion-node/,
  kit: kitFolder("rust"),
  template: exampleFolder("rust"),
  replacements: [
    { file: "Cargo.toml", from: "../../../nodekit/rust", to: "nodekit" },
    { file: "Cargo.toml", from: /^name = ".*"$/m, to: 'name = "NAME"' },
  ],
  demandToolchain: async () => void (await findCargo()),
  compile: cargoBuild,
};
