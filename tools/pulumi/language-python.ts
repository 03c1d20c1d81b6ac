// Programs in Python, run by the Python of the virtual environment that Pulumi.yaml names, else the one on PATH.
// python-program.py stands beside this bundle.

import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { programDirectoryOf, runnerArguments, serveLanguage } from "./language-host.ts";

serveLanguage({
  name: "python",
  program(request, engineAddress, options) {
    const runner = join(dirname(process.argv[1] ?? "."), "python-program.py");
    const root = request.getInfo()?.getRootDirectory() || programDirectoryOf(request);
    return {
      command: pythonOf(root, options.virtualenv),
      args: ["-u", runner, ...runnerArguments(request, engineAddress)],
      env: {},
    };
  },
  // A generated package hands the name and version of its plugin over when the program registers a resource.
  requiredPackages: () => [],
});

function pythonOf(root: string, virtualenv: unknown): string {
  if (typeof virtualenv !== "string") return "python3";
  const folder = isAbsolute(virtualenv) ? virtualenv : join(root, virtualenv);
  const python = join(folder, "bin", "python");
  if (existsSync(python)) return python;
  throw new Error(`the virtual environment ${folder} is not there; run \`pulumi install\``);
}
