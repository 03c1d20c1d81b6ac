// Names of Node-RED as ids.

/** Leaves room for the id of a subflow before it, and a number behind. */
const charsMax = 28;

/** `Hot boilers!` as `hot-boilers`; empty where nothing of it can be in an id. */
export const slug = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "")
    .slice(0, charsMax)
    .replaceAll(/-+$/g, "");
