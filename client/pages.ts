// Lists come in pages; this goes through all of them.

import type { Page, PageQuery } from "./types.ts";

/** Items of the largest page that there is. */
const limitMax = 200;

/** All items of a list, in its order. `list` gives the page that a query asks for. */
export async function allItems<Item>(list: (query: PageQuery) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let query: PageQuery = { limit: limitMax };
  for (;;) {
    const page = await list(query);
    items.push(...page.items);
    if (page.next === undefined) return items;
    query = { limit: limitMax, after: page.next };
  }
}
