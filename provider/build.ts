// Bundles the provider into dist/: `node provider/build.ts`.

import { bundle } from "@flowfusion/tools";
import { providerBundle } from "./bundle.ts";

await bundle(providerBundle, { outdir: "provider/dist" });
