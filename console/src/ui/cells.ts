// How the cells of all tables look.

export const cell = "h-11 border-t border-line px-2 first:pl-4 last:pr-4 xl:px-3";
export const numberCell = `${cell} text-right tabular-nums whitespace-nowrap`;
