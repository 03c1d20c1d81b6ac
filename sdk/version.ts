// The version that this SDK asks the engine's plugin for; equal to schema.json's.

import manifest from "./package.json" with { type: "json" };

export const sdkVersion: string = manifest.version;

/** What a program's package.json has to name. */
export const programDependencies: { readonly [name: string]: string } = {
  "@flowfusion/sdk": manifest.version,
  "@pulumi/pulumi": manifest.dependencies["@pulumi/pulumi"],
};
