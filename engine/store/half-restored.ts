// How a data folder shows that a restore into it did not come to its end: what the restore makes all in is there, and the database,
// which it puts in its place last, is not. A gateway that began anew there would run nothing and look sound.

export const databaseFile = "gateway.db";
export const restoreFolder = "restore.part";

/** `names`: of what is in the folder. */
export const isHalfRestored = (names: readonly string[]): boolean =>
  names.includes(restoreFolder) && !names.includes(databaseFile);
