// A driver with a defect that shows while it loads.

import { defineKind, object, runDriver } from "@flowfusion/driver-kit";

const kind = defineKind({
  kind: "crashing",
  summary: "Ends in a defect.",
  config: object({}),
  secrets: {},
  example: {},
  program: new URL(import.meta.url),
});

await runDriver(kind, async () => (await import("./defective.ts")).body);
