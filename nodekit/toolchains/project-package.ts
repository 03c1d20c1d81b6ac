// Compilers that are npm packages and large, so that few install them: taken from beside Flow Fusion, and else from the project
// in whose folder a node is built, as a `flowfusion` that is installed for all projects sees nothing of theirs.

import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { optionalPackage } from "@flowfusion/graph";

/** What `load` imports, with `name` from the project where it is not beside Flow Fusion. Throws FF_PACKAGE_MISSING. */
export async function projectPackage<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  const project = pathToFileURL(join(process.cwd(), "package.json")).href;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (specifier !== name && !specifier.startsWith(`${name}/`)) throw error;
        try {
          return next(specifier, { ...context, parentURL: project });
        } catch {
          throw error;
        }
      }
    },
  });
  try {
    return await optionalPackage(name, load);
  } finally {
    hooks.deregister();
  }
}
