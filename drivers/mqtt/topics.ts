// Topics: which filter a topic matches, and what a tag is called by its topic.

const shared = /^\$share\/[^/+#]+\/(?=.)/;

/** What the topics match of a subscription that several clients share: `$share/GROUP/` before it is for the broker alone. */
export const plainFilter = (filter: string): string => filter.replace(shared, "");

/** As brokers match; topics that begin with `$` are for filters that name them. */
export function matches(filter: string, topic: string): boolean {
  const wanted = plainFilter(filter).split("/");
  const levels = topic.split("/");
  if (topic.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= levels.length || (level !== "+" && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

/** A place in the template of a tag's name. */
const places = /\{(topic|\d{1,2})\}/g;

/** Fills `{topic}` and the levels `{0}`, `{1}` … in; a level that the topic does not have is empty. */
export function tagName(template: string, topic: string): string {
  if (template === "{topic}") return topic;
  const levels = topic.split("/");
  return template.replaceAll(places, (_, name: string) => (name === "topic" ? topic : (levels[Number(name)] ?? "")));
}

/** What all topics that match the filter name alike; undefined where their names differ, or may. */
export function fixedTagName(template: string, filter: string): string | undefined {
  const levels = filter.split("/");
  const isOpen = (level: string | undefined) => level === "+" || level === "#";
  const varies = [...template.matchAll(places)].some(([, name]) =>
    name === "topic" ? levels.some(isOpen) : isOpen(levels[Number(name)] ?? levels.at(-1)),
  );
  return varies ? undefined : tagName(template, filter);
}
