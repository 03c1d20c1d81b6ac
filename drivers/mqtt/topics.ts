// Topics: which filter a topic matches, and what a tag is called by its topic.

/** As brokers match; topics that begin with `$` are for filters that name them. */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (topic.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= levels.length || (level !== "+" && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

/** Fills `{topic}` and the levels `{0}`, `{1}` … in; a level that the topic does not have is empty. */
export function tagName(template: string, topic: string): string {
  if (template === "{topic}") return topic;
  const levels = topic.split("/");
  return template.replaceAll(/\{(topic|\d{1,2})\}/g, (_, name: string) =>
    name === "topic" ? topic : (levels[Number(name)] ?? ""),
  );
}
