// A driver with a defect of the kind that its configuration names.

import { createConnection } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { defineKind, object, runDriver, text } from "@flowfusion/driver-kit";

export const crashingKind = defineKind({
  kind: "crashing",
  summary: "Ends in a defect.",
  config: object({ how: text({ description: "Which defect." }) }),
  secrets: {},
  example: { how: "throws" },
  program: new URL(import.meta.url),
});

const device: { readonly registers?: readonly number[] } = {};
const read = () => device.registers![0];

const defects: Readonly<Record<string, () => Promise<unknown>>> = {
  "its body": async () => read(),
  "a timer": async () => setTimeout(read),
  "two timers": async () => [setTimeout(read), setTimeout(() => JSON.parse("garbage"))],
  "a promise": async () => void Promise.reject(new Error("lost", { cause: new Error("the cause") })),
  "a connection that nobody listens to": async () => createConnection(1, "127.0.0.1"),
};

await runDriver(crashingKind, async () => async ({ config }) => {
  await turn();
  await defects[config.how]!();
  await new Promise(() => setInterval(() => {}, 1000));
});
