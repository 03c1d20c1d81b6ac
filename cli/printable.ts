// Texts of others: what a file or a peer says, and what a gateway tells of its sinks' endpoints, is not for a terminal to follow.

const steering = /[^\P{Cc}\n\t]/gu;

/** With what would steer a terminal made visible. Lines stay lines. */
export const printable = (text: string): string => text.replaceAll(steering, "\uFFFD");

/** As part of one line. */
export const inLine = (text: string): string => printable(text.replaceAll(/\s*[\r\n\t]\s*/g, " "));

/** A gateway's answer with each text in it as part of one line. */
export function printableAnswer<Answer>(answer: Answer): Answer {
  return mapped(answer) as Answer;
}

function mapped(value: unknown): unknown {
  if (typeof value === "string") return inLine(value);
  if (Array.isArray(value)) return value.map(mapped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [inLine(key), mapped(member)]));
}
