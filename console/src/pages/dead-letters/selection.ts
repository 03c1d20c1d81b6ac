// Which of the messages that are shown are chosen. Pure.

/** Those that are still there. */
export const stillThere = (chosen: ReadonlySet<number>, ids: readonly number[]): Set<number> =>
  new Set(ids.filter((id) => chosen.has(id)));

export function toggled(chosen: ReadonlySet<number>, id: number): Set<number> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** All, or none when all were chosen. */
export const toggledAll = (chosen: ReadonlySet<number>, ids: readonly number[]): Set<number> =>
  ids.every((id) => chosen.has(id)) ? new Set() : new Set(ids);
