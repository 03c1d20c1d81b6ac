// What is wrong with a driver, in words, for all that show drivers.

import type { DriverStatus } from "./driver-types.ts";

/** Undefined where it runs, its device answers, and no tag is bad. */
export function troubleOf({ reason, state, device, lastError, badTags }: DriverStatus): string | undefined {
  if (reason !== undefined) return reason;
  if (state === "running" && device !== "connected") return lastError;
  return badTags && `${badTagsText(badTags)}${lastError === undefined ? "" : `; last error: ${lastError}`}`;
}

export function badTagsText({ count, first }: NonNullable<DriverStatus["badTags"]>): string {
  const names = first.join(", ");
  return `${count} ${count === 1 ? "tag is" : "tags are"} bad: ${names}${count > first.length ? " …" : ""}`;
}
