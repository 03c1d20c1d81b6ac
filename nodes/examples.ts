// The examples of a node's page: tables of what comes in and goes out, in nodes/<type>/examples.json. They run as tests.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { MessageValue, PropValue } from "@flowfusion/graph";

export interface Example {
  readonly title: string;
  /** What to look at, in a sentence or two. */
  readonly text?: string;
  readonly props: { readonly [name: string]: PropValue };
  readonly rows: readonly ExampleRow[];
}

/** One message, or a tick of the gateway's clock. */
export interface ExampleRow {
  readonly ms: number;
  readonly tick?: true;
  /** The input; the first when absent. */
  readonly in?: string;
  readonly tag?: string;
  readonly value?: MessageValue;
  readonly quality?: QualityName;
  /** What is emitted then, nothing when absent. Each differs from the row only in what it names. */
  readonly out?: readonly Emitted[];
}

export interface Emitted {
  readonly ms?: number;
  /** The output; the first when absent. */
  readonly port?: string;
  readonly tag?: string;
  readonly value: MessageValue;
  readonly quality?: QualityName;
}

export type QualityName = "good" | "uncertain" | "bad";

/** In the order of the file; none when there is no file. */
export function examplesOf(type: string): readonly Example[] {
  const file = path.join(import.meta.dirname, type, "examples.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Example[]) : [];
}
