// Rust with wit-bindgen: a component of the world in wit/node.wit. The core module carries the component's types in a
// custom section, from which `node pack` could make the component; fusion needs the core module alone.

import type { Language } from "../language.ts";
import { exampleFolder, witFolder } from "../places.ts";
import { projectPackage } from "../project-package.ts";
import { cargoBuild, findCargo } from "./cargo.ts";

export const rustComponent: Language = {
  name: "rust-component",
  title: "Rust (component)",
  marker: "Cargo.toml",
  markerContent: /wit-bindgen/,
  kit: witFolder,
  template: exampleFolder("rust-component"),
  replacements: [
    { file: "src/lib.rs", from: "../../../wit", to: "nodekit" },
    { file: "Cargo.toml", from: /^name = ".*"$/m, to: 'name = "NAME"' },
  ],
  demandToolchain: async () => {
    await findCargo();
    await loadTools();
  },
  async compile(folder) {
    const core = await cargoBuild(folder);
    const { componentNew } = await loadTools();
    return componentNew(core, []);
  },
};

const loadTools = () =>
  projectPackage("@bytecodealliance/jco-transpile", () => import("@bytecodealliance/jco-transpile/wasm-tools"));
