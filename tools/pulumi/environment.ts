// The surroundings in which tests and the demo run the Pulumi CLI: state in a folder, nothing of the user's own Pulumi
// account or settings, nothing fetched.

import { mkdir } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { ensurePulumiCli, type PulumiCli } from "./cli.ts";

export interface PulumiEnvironmentOptions {
  /** PULUMI_HOME: credentials and plugins. Created when missing. */
  readonly home: string;
  /** Folder of the file backend: stacks and their history. Created when missing. */
  readonly backendDir: string;
  /** Encrypts the secrets in the state. */
  readonly passphrase?: string;
}

export interface PulumiEnvironment {
  /** The CLI's executable. */
  readonly command: string;
  /** The whole environment to start it with. */
  readonly env: Record<string, string>;
}

/** Looked for once: a process with a project for each of its tests would start the CLI and bundle its hosts for every one. */
let cli: Promise<PulumiCli> | undefined;

export async function pulumiEnvironment(options: PulumiEnvironmentOptions): Promise<PulumiEnvironment> {
  cli ??= ensurePulumiCli();
  const { command } = await cli;
  await Promise.all([mkdir(options.home, { recursive: true }), mkdir(options.backendDir, { recursive: true })]);
  const path = [dirname(process.execPath), dirname(command), process.env.PATH ?? ""].join(delimiter);
  return {
    command,
    env: {
      ...inheritedVariables(),
      PATH: path,
      PULUMI_HOME: options.home,
      PULUMI_BACKEND_URL: pathToFileURL(options.backendDir).href,
      PULUMI_CONFIG_PASSPHRASE: options.passphrase ?? "flowfusion",
      PULUMI_CREDENTIAL_STORE: "plaintext",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  };
}

/** All but the user's own Pulumi settings: a token or a backend of theirs must never be touched. */
function inheritedVariables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith("PULUMI_") ? [] : [[name, value]],
    ),
  );
}
