// Programs in JavaScript and TypeScript. `@pulumi/pulumi` brings what runs them; packages say in their package.json which
// plugin they need.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import pluginTypes from "@pulumi/pulumi/proto/plugin_pb.js";
import { type PackageDependency, programDirectoryOf, runnerArguments, serveLanguage } from "./language-host.ts";

serveLanguage({
  name: "nodejs",
  program(request, engineAddress, options) {
    const programDirectory = programDirectoryOf(request);
    return {
      command: process.execPath,
      args: [
        ...nodeArguments(options),
        findRunner("run", programDirectory),
        ...runnerArguments(request, engineAddress),
      ],
      env: environmentOf(options),
    };
  },
  policyPack: (folder, engineAddress, options) => ({
    command: process.execPath,
    args: [...nodeArguments(options), findRunner("run-policy-pack", folder), engineAddress, folder],
    env: environmentOf(options),
  }),
  requiredPackages: (programDirectory) => {
    const folder = modulesFolder(programDirectory);
    return folder === undefined ? [] : packageFolders(folder).flatMap(dependencyOf);
  },
});

/** True unless the project says otherwise, as with the official host: then ts-node compiles the program. */
const environmentOf = (options: Record<string, unknown>) => ({
  PULUMI_NODEJS_TYPESCRIPT: String(options.typescript !== false),
});

function findRunner(runner: "run" | "run-policy-pack", programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "index.js")).resolve(`@pulumi/pulumi/cmd/${runner}`);
  } catch {
    throw new Error(`@pulumi/pulumi is not installed for ${programDirectory}; run \`npm install\` there`);
  }
}

function nodeArguments(options: Record<string, unknown>): string[] {
  const text = options.nodeargs;
  return typeof text === "string" ? text.split(/\s+/).filter((word) => word !== "") : [];
}

function modulesFolder(start: string): string | undefined {
  const folder = join(start, "node_modules");
  if (existsSync(folder)) return folder;
  return dirname(start) === start ? undefined : modulesFolder(dirname(start));
}

function packageFolders(modules: string): string[] {
  return readdirSync(modules).flatMap((name) =>
    name.startsWith("@") ? packageFolders(join(modules, name)) : [join(modules, name)],
  );
}

/** The plugin that a package's `pulumi` block names. */
function dependencyOf(folder: string): PackageDependency[] {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return [];
  const { version, pulumi } = JSON.parse(readFileSync(path, "utf8")) as {
    version?: string;
    pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
  };
  if (pulumi?.resource !== true || pulumi.name === undefined) return [];
  return [
    new pluginTypes.PackageDependency()
      .setKind("resource")
      .setName(pulumi.name)
      .setVersion(pulumi.version ?? version ?? "")
      .setServer(pulumi.server ?? ""),
  ];
}
