// AssemblyScript: the compiler is an npm package.

import { join } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import type { Language } from "../language.ts";
import { exampleFolder } from "../places.ts";
import { projectPackage } from "../project-package.ts";

export const assemblyScript: Language = {
  name: "as",
  title: "AssemblyScript",
  marker: "node.ts",
  template: exampleFolder("as"),
  replacements: [],
  demandToolchain: async () => void (await loadCompiler()),
  async compile({ path, manifest }) {
    const { buildNode } = await loadCompiler();
    try {
      return await buildNode({ sourcePath: join(path, "node.ts"), manifest });
    } catch (error) {
      throw new FlowFusionError("FF_NODE_BUILD", (error as Error).message, { cause: error });
    }
  },
};

const loadCompiler = () => projectPackage("assemblyscript", () => import("@flowfusion/nodekit-assemblyscript"));
