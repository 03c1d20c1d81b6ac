// What a thing is like, and the colours that say so.

export type Tone = "good" | "warn" | "bad" | "idle" | "accent";

export const softOf: { readonly [tone in Tone]: string } = {
  good: "bg-good-soft text-good-text",
  warn: "bg-warn-soft text-warn-text",
  bad: "bg-bad-soft text-bad-text",
  idle: "bg-idle-soft text-muted",
  accent: "bg-selected text-accent-text",
};

export const dotOf: { readonly [tone in Tone]: string } = {
  good: "bg-good",
  warn: "bg-warn",
  bad: "bg-bad",
  idle: "bg-idle",
  accent: "bg-accent",
};

export const textOf: { readonly [tone in Tone]: string } = {
  good: "text-good-text",
  warn: "text-warn-text",
  bad: "text-bad-text",
  idle: "text-muted",
  accent: "text-accent-text",
};
