// The version that this SDK asks the engine's plugin for; equal to schema.json's.

import manifest from "./package.json" with { type: "json" };

export const sdkVersion: string = manifest.version;
