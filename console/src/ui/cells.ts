// How all tables look. Where there is no room for all columns the first stays in sight: it says what the row is of.

/** Around the table; `relative`, so that what is there for readers of the screen alone scrolls with it. */
export const tableFrame = "relative overflow-x-auto rounded-lg border border-line bg-surface shadow-low";
const staysInSight = "max-sm:first:sticky max-sm:first:left-0 max-sm:first:z-1 max-sm:first:bg-surface";
export const headCell = `h-9 px-2 font-medium first:pl-4 last:pr-4 2xl:px-3 ${staysInSight}`;
export const cell = `h-11 border-t border-line px-2 py-1.5 first:pl-4 last:pr-4 2xl:px-3 ${staysInSight}`;
export const numberCell = `${cell} text-right tabular-nums whitespace-nowrap`;
