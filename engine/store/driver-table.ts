// The drivers that are declared, with their secrets sealed.

import type { DatabaseSync } from "node:sqlite";
import { type Declaration, Declarations } from "./declarations.ts";

interface DriverContent {
  readonly kind: string;
  /** JSON text. */
  readonly config: string;
  /** Secret's name → sealed text, as JSON text. */
  readonly secrets: string;
  /** SQLite has no booleans. */
  readonly enabled: number;
}

export type DriverRow = Declaration<DriverContent>;
export type DriverTable = Declarations<DriverContent>;

export const driverTable = (database: DatabaseSync): DriverTable =>
  new Declarations(database, {
    table: "drivers",
    content: ["kind", "config", "secrets"],
    kept: ["enabled"],
    at: "at",
    by: "by",
  });
