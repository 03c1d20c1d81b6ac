export { bundle } from "./bundle.ts";
export { fuserBuild } from "./fuser-build.ts";
export { type PulumiEnvironment, type PulumiEnvironmentOptions, pulumiEnvironment } from "./pulumi/environment.ts";
