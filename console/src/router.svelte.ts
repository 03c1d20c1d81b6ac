// Where the reader is: the path behind /console and the query, as state. Links are plain links; a click on one that stays in
// the console is taken here, so that the page is kept.

import { untrack } from "svelte";

const base = "/console";
const home = "/flows";

class Router {
  #url = $state.raw(new URL(location.href));
  readonly path = $derived(pathOf(this.#url));
  readonly query = $derived(this.#url.searchParams);

  /** Asked before the reader leaves; a page with unsaved work sets it, and answers whether the reader may go. */
  mayLeave: () => boolean = () => true;

  constructor() {
    if (pathOf(this.#url) === "/") this.go(home, { replace: true });
    window.addEventListener("popstate", () => {
      this.#url = new URL(location.href);
    });
    document.addEventListener("click", (event) => this.#takeClick(event));
  }

  /** `path` is behind /console and may have a query. */
  go(path: string, { replace = false }: { readonly replace?: boolean } = {}): void {
    if (!replace && !this.mayLeave()) return;
    const url = new URL(base + path, location.origin);
    if (replace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    this.#url = url;
  }

  /** Changes the query in place; an empty value removes its name. */
  setQuery(changes: { readonly [name: string]: string }): void {
    const { path, query: present } = untrack(() => ({ path: this.path, query: this.query }));
    const query = new URLSearchParams(present);
    for (const [name, value] of Object.entries(changes)) {
      if (value === "") query.delete(name);
      else query.set(name, value);
    }
    if (query.toString() === present.toString()) return;
    this.go(query.size === 0 ? path : `${path}?${query}`, { replace: true });
  }

  #takeClick(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.target !== "" || link.hasAttribute("download")) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(`${base}/`)) return;
    event.preventDefault();
    this.go(url.pathname.slice(base.length) + url.search);
  }
}

function pathOf({ pathname }: URL): string {
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
  return path === "" ? "/" : path;
}

/** For links: the address of a path behind /console. */
export const href = (path: string): string => base + path;

export const router = new Router();
