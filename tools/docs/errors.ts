// Writes docs/reference/errors.md from the error registry: `node tools/docs/errors.ts`.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorRegistry } from "@flowfusion/graph";

export const errorPagePath = "docs/reference/errors.md";

const areas: Record<string, string> = {
  API: "The gateway's API",
  ARTEFACT: "Flow.wasm artefacts",
  AUDIT: "The audit log",
  CLI: "The command line",
  CONFIG: "The configuration file",
  DEPLOY: "Deploying",
  DRIVER: "Drivers",
  EXPR: "Expressions",
  FLOW: "Running flows",
  FUSE: "Fusing",
  GATEWAY: "Reaching a gateway",
  GRAPH: "Graphs",
  MODULE: "Node modules",
  OUTBOUND: "Connections that the gateway makes",
  RECORDING: "Recordings of tags",
  RELEASE: "Signed releases",
  SECRET: "Secrets at rest",
  STORE: "The gateway's store",
  TOKEN: "Tokens of the API",
};

export function errorPage(): string {
  const byArea = Map.groupBy(Object.entries(errorRegistry), ([code]) => code.split("_")[1]!);
  const sections = [...byArea].sort().map(([area, entries]) => {
    const rows = entries.map(([code, { meaning, remedy }]) => `| \`${code}\` | ${cell(meaning)} | ${cell(remedy)} |`);
    return [
      `## ${areas[area] ?? area}`,
      "",
      "| code | what happened | what to do |",
      "|---|---|---|",
      ...rows,
      "",
    ].join("\n");
  });
  const opening = `# Errors

Every error carries a code that stays the same between versions; programs branch on it. The text beside it says what, where
and with which numbers. Errors about documents list all problems at once, each with its path (\`nodes.hot.props.value\`).

<!-- Generated from graph/errors.ts by tools/docs/errors.ts -->
`;
  return [opening, ...sections].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (import.meta.main) {
  const path = join(dirname(dirname(import.meta.dirname)), errorPagePath);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, errorPage());
}
