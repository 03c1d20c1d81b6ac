// Packages that few need and that are large: installed beside Flow Fusion by those who do.

import { FlowFusionError } from "./errors.ts";

/** What `load` imports; where `name` is not installed, an error that says so. */
export async function optionalPackage<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string };
    if (code !== "ERR_MODULE_NOT_FOUND" || !message?.includes(`'${name}'`)) throw error;
    throw new FlowFusionError("FF_PACKAGE_MISSING", `this needs the package ${name}: run \`npm install ${name}\``, {
      cause: error,
    });
  }
}
