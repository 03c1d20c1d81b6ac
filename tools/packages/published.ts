// What is published to npm, and what each package consists of.

import { providerBundle } from "@flowfusion/provider/bundle";
import { testingBundle } from "@flowfusion/testing/bundle";
import { cliBundle } from "flowfusion/bundle";
import type { Bundle } from "../bundle.ts";

/** A program: bundled, with an executable, and the files that it looks for. */
export interface ProgramPackage {
  readonly kind: "program";
  readonly name: string;
  /** The workspace that it is made from. */
  readonly workspace: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly bundle: Bundle;
  /** The executable's name, and its file below the workspace, which is copied as it is. */
  readonly bin: { readonly name: string; readonly file: string };
  /** Files and folders from the root, that are laid down under the same path; `test` files apart. */
  readonly files: readonly string[];
  /** Packages that only some commands need. They say so when they miss them. */
  readonly optional: readonly string[];
}

/** A library: its modules as JavaScript, with declarations. */
export interface LibraryPackage {
  readonly kind: "library";
  readonly name: string;
  readonly workspace: string;
  readonly description: string;
  readonly keywords: readonly string[];
  /** Published packages that it is of no use without, in the same version. */
  readonly companions: readonly string[];
}

/** A library that brings a program's worth of code along: bundled, with declarations, and the files that it looks for. */
export interface BundledLibraryPackage extends Omit<LibraryPackage, "kind"> {
  readonly kind: "bundled library";
  readonly bundle: Bundle;
  /** Files and folders from the root, that are laid down under the same path; `test` files apart. */
  readonly files: readonly string[];
  /** Packages that only some uses need. */
  readonly optional: readonly string[];
  /** Packages of which the user's program has to have the same copy. */
  readonly peers: readonly string[];
}

export type PublishedPackage = ProgramPackage | LibraryPackage | BundledLibraryPackage;

const keywords = ["pulumi", "webassembly", "industrial", "iot", "edge", "mqtt", "modbus", "opcua"];

export const publishedPackages: readonly PublishedPackage[] = [
  {
    kind: "library",
    name: "@flowfusion/sdk",
    workspace: "sdk",
    description: "Flow Fusion for Pulumi programs: flows for industrial gateways as code, typed down to each port.",
    keywords,
    companions: ["@flowfusion/provider"],
  },
  {
    kind: "program",
    name: "@flowfusion/provider",
    workspace: "provider",
    description:
      "The Pulumi provider of Flow Fusion: fuses flows, previews them node by node, deploys them to gateways.",
    keywords,
    bundle: providerBundle,
    bin: { name: "pulumi-resource-flowfusion", file: "bin/pulumi-resource-flowfusion" },
    files: ["nodes/dist", "fusion/binaryen/dist"],
    optional: ["@bytecodealliance/jco-transpile"],
  },
  {
    kind: "program",
    name: "flowfusion",
    workspace: "cli",
    description: "The Flow Fusion gateway and the command line around it: run, watch, simulate, preview, build nodes.",
    keywords,
    bundle: cliBundle,
    bin: { name: "flowfusion", file: "bin/flowfusion.mjs" },
    files: [
      "nodes/dist",
      "fusion/binaryen/dist",
      "engine/dataplane/router/dist",
      "console/dist",
      "nodekit",
      "examples/nodes",
      "wit",
    ],
    optional: ["@bytecodealliance/jco-transpile", "assemblyscript"],
  },
  {
    kind: "bundled library",
    name: "@flowfusion/testing",
    workspace: "testing",
    description:
      "Unit tests of Flow Fusion flows: runs a flow on a table of readings, without a gateway and without Pulumi.",
    keywords: [...keywords, "testing", "vitest"],
    companions: ["@flowfusion/sdk"],
    bundle: testingBundle,
    files: ["nodes/dist", "fusion/binaryen/dist"],
    optional: ["@bytecodealliance/jco-transpile"],
    peers: ["@pulumi/pulumi"],
  },
];

/** npm packages that came into `files`, from the root. */
export const carried: readonly string[] = ["node_modules/binaryen"];
