// How all tables look. Where there is no room for all columns the first stays in sight: it says what the row is of.

/** Around the table; `relative`, so that what is there for readers of the screen alone scrolls with it. */
export const tableFrame = "relative overflow-x-auto rounded-lg border border-line bg-surface shadow-low scroll-shadow";
/** Of columns that a table can do without: left out on a tablet held upright, or on one held either way. */
export const wideOnly = "max-lg:hidden";
export const widestOnly = "max-xl:hidden";
export const headCell = `h-9 px-2 font-medium first:pl-4 last:pr-4 2xl:px-3 stays-in-sight`;
export const cell = `h-11 border-t border-line px-2 py-1.5 first:pl-4 last:pr-4 2xl:px-3 stays-in-sight`;
export const numberCell = `${cell} text-right tabular-nums whitespace-nowrap`;
