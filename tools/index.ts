export { bundle } from "./bundle.ts";
export { type PulumiEnvironment, type PulumiEnvironmentOptions, pulumiEnvironment } from "./pulumi/environment.ts";
