// Bundles the command line into dist/: `node cli/build.ts`.

import { bundle } from "@flowfusion/tools";
import { cliBundle } from "./bundle.ts";

await bundle(cliBundle, { outdir: "cli/dist" });
