export { type Bundle, type BundlePlace, type BundleReport, bundle } from "./bundle.ts";
export { type PackedPackage, packPackages } from "./packages/pack.ts";
export { publishedPackages } from "./packages/published.ts";
export { stagePackage } from "./packages/stage.ts";
export { type PulumiEnvironment, type PulumiEnvironmentOptions, pulumiEnvironment } from "./pulumi/environment.ts";
export { pulumiPythonFolder } from "./pulumi/python.ts";
