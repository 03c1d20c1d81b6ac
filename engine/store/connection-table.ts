// The connections of this gateway: endpoints of sinks, with their secrets sealed.

import type { DatabaseSync } from "node:sqlite";
import { type Declaration, Declarations } from "./declarations.ts";

interface ConnectionContent {
  /** JSON text: what may be shown. */
  readonly settings: string;
  /** JSON text: secrets by name, each sealed. */
  readonly secrets: string;
}

export type ConnectionRow = Declaration<ConnectionContent>;
export type ConnectionTable = Declarations<ConnectionContent>;

export const connectionTable = (database: DatabaseSync): ConnectionTable =>
  new Declarations(database, {
    table: "connections",
    content: ["settings", "secrets"],
    kept: [],
    at: "changed_at",
    by: "changed_by",
  });
