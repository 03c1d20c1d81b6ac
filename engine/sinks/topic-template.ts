// Topics and subjects that are made for each message: a text with places in braces.
//
//   {topic}      the message's topic
//   {topic[0]}   its first level; {topic[-1]} its last. A level that it does not have makes the message undeliverable
//   {flow}       the name of the flow
//   {node}       the id of the sink node
//
// Servers keep for themselves what begins with `$`: `$JS.API.…` of NATS changes its streams, `$SYS` and others of MQTT are a broker's
// own. Only who wrote the template may mean that, never who named a tag.

import type { Message } from "@flowfusion/graph";

/** The result for a message; undefined when it lacks a level that the template names, or leads to what a server keeps for itself. */
export type TopicTemplate = (message: Message) => string | undefined;

const placePattern = /\{([^{}]*)\}/g;
const levelPattern = /^topic\[(-?\d+)\]$/;

/** `separator` stands between the levels of a topic. Throws for a place that is not known. */
export function topicTemplate(
  text: string,
  place: { readonly flow: string; readonly node: string },
  separator = "/",
): TopicTemplate {
  const parts: (string | { readonly level: number } | undefined)[] = [];
  let at = 0;
  for (const match of text.matchAll(placePattern)) {
    parts.push(plain(text.slice(at, match.index)), partOf(match[1]!, place));
    at = match.index + match[0].length;
  }
  parts.push(plain(text.slice(at)));
  const mayBeReserved = text.startsWith("$");
  return ({ topic }) => {
    let levels: readonly string[] | undefined;
    let result = "";
    for (const part of parts) {
      if (typeof part === "string") result += part;
      else if (part === undefined) result += topic;
      else {
        levels ??= topic.split(separator);
        const level = levels.at(part.level);
        if (level === undefined) return undefined;
        result += level;
      }
    }
    return result.startsWith("$") && !mayBeReserved ? undefined : result;
  };
}

function plain(text: string): string {
  const brace = /[{}]/.exec(text)?.[0];
  if (brace !== undefined) throw new Error(`${JSON.stringify(brace)} without its counterpart`);
  return text;
}

function partOf(name: string, { flow, node }: { readonly flow: string; readonly node: string }) {
  const level = levelPattern.exec(name)?.[1];
  if (level !== undefined) return { level: Number(level) };
  switch (name) {
    case "topic":
      return undefined;
    case "flow":
      return flow;
    case "node":
      return node;
    default:
      throw new Error(`{${name}} is not known; {topic}, {topic[0]}, {flow} and {node} are`);
  }
}
