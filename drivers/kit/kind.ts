// What there is to know of a kind of driver without running one: the gateway checks configurations by it and starts its
// program, and the reference pages are written from it.

import { type Checked, type ConfigProblem, checkConfig } from "./check-config.ts";
import type { Schema, SchemaKeywords } from "./schema.ts";

/** Values that are kept apart from the configuration, sealed, and never shown again. */
export type Secrets = { readonly [name: string]: string };

/** Where a driver connects to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The property that says so. */
  readonly path: string;
}

export interface DriverKind<Config = unknown> {
  /** As it is named in a driver's declaration. */
  readonly kind: string;
  /** One sentence: what it reads. */
  readonly summary: string;
  /** JSON Schema of the configuration. */
  readonly config: SchemaKeywords;
  /** Name → what it is. */
  readonly secrets: { readonly [name: string]: string };
  /** A configuration to begin with. */
  readonly example: unknown;
  /** The module to run as a process. */
  readonly program: URL;
  /** For kinds that connect to a device; the gateway may not allow it. */
  endpoint?(config: Config): Endpoint;
  /**
   * Whether secrets go to the same place as before, known by the same means: only then do they stay over a change, else who may change
   * a URL could read passwords. Present where there are secrets.
   */
  isSamePlace?(before: Config, after: Config): boolean;
  /** Names of the tags that it delivers, where its configuration tells them. */
  tags?(config: Config): readonly string[];
  /** What brings tags whose names it tells itself: two drivers that read the same deliver the same tags. */
  sources?(config: Config): readonly string[];
  /** The configuration with its defaults filled in, or all that is wrong with it. */
  checkConfig(given: unknown): Checked<Config>;
}

export interface DriverDescription<Config> extends Omit<DriverKind<Config>, "config" | "checkConfig"> {
  readonly config: Schema<Config>;
  /** Problems that a schema cannot say. */
  readonly check?: (config: Config) => readonly ConfigProblem[];
}

export function defineKind<Config>({ check, ...description }: DriverDescription<Config>): DriverKind<Config> {
  return {
    ...description,
    checkConfig(given) {
      const checked = checkConfig(description.config, given);
      if (checked.value === undefined) return checked;
      const [first, ...others] = check?.(checked.value) ?? [];
      return first === undefined ? checked : { problems: [first, ...others] };
    },
  };
}
