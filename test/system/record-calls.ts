// Records what the Pulumi CLI asks the provider during the life of a flow, and what it answers, for provider/recorded-calls.test.ts:
// `node test/system/record-calls.ts`. Written anew when the answers are meant to change; the difference is to be reviewed.
//
// What is different each time gets a name instead, the same for the same value: `$digest1`, `$swapPauseMs2`.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startGateway } from "@flowfusion/engine";
import { PulumiProject } from "./pulumi-project.ts";

const file = path.join(import.meta.dirname, "../../provider/recorded/life-of-a-flow.json");
const token = "recorded-test-token-0123456789abcdef0123456789abcdef";
const methods = new Set(["Check", "Diff", "Create", "Update", "Read", "Delete"]);
/** Belong to the run and not to what is asked. */
const dropped = new Set(["resourceStatusAddress", "resourceStatusToken", "randomSeed", "timeout", "name", "type"]);
/** Properties whose values hang on the modules of the day, or on the clock. */
const varying = new Set(["digest", "graphDigest", "sizeBytes", "swapPauseMs"]);

interface LogLine {
  readonly method: string;
  readonly request: Record<string, unknown>;
  readonly response?: Record<string, unknown>;
  readonly progress: string;
}

const program = (threshold: number): string => `
  new ff.Flow("boiler", {
    gateway,
    preview: { updates: 0 },
    nodes: {
      temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
      hot: ff.filter({ op: ">", value: ${threshold} }),
      log: ff.file({ path: "hot.jsonl" }),
    },
    wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.log.in)],
  });
`;

const dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-record-"));
const gateway = await startGateway({ dataDir, token, ingest: [], healthGateMs: 0, log: { level: "silent" } });
const project = await PulumiProject.create({ endpoint: gateway.url, token });
const names = new Map<string, string>();

try {
  const runs: object[] = [];
  const record = async (title: string, ...args: readonly string[]): Promise<void> => {
    const log = path.join(project.folder, "grpc.ndjson");
    await rm(log, { force: true });
    await project.succeed(args, { PULUMI_DEBUG_GRPC: log });
    const lines = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
    const calls = lines.map((line) => JSON.parse(line) as LogLine).flatMap(callOf);
    runs.push({ title, calls });
  };
  await project.write(program(90));
  await record("preview of a creation", "preview");
  await record("creation", "up", "--yes", "--skip-preview");
  await record("preview without a change", "preview");
  await project.write(program(95));
  await record("preview of a change", "preview");
  await record("change", "up", "--yes", "--skip-preview");
  await record("refresh", "refresh", "--yes", "--skip-preview");
  await record("destruction", "destroy", "--yes", "--skip-preview");
  await writeFile(file, `${JSON.stringify(runs, null, 1)}\n`);
} finally {
  await gateway.close();
  await Promise.all([project.remove(), rm(dataDir, { recursive: true })]);
}

function callOf({ method, request, response, progress }: LogLine): object[] {
  const name = /^\/pulumirpc\.ResourceProvider\/(\w+)$/.exec(method)?.[1];
  if (name === undefined || !methods.has(name) || progress !== "response_completed") return [];
  return [{ method: name, request: named(withoutRun(request)), response: named(response ?? {}) }];
}

function withoutRun(request: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request).filter(([key]) => !dropped.has(key)));
}

function named(value: unknown, key = ""): unknown {
  if (varying.has(key) && !isUnknown(value)) {
    const id = `${key} ${JSON.stringify(value)}`;
    const known = [...names.keys()].filter((other) => other.startsWith(`${key} `)).length;
    if (!names.has(id)) names.set(id, `$${key}${known + 1}`);
    return names.get(id);
  }
  if (typeof value === "string") {
    if (value.startsWith("file://") || path.isAbsolute(value)) return "$place";
    return value.replaceAll(gateway.url, "http://gateway.test");
  }
  if (Array.isArray(value)) return value.map((item) => named(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, named(item, name)]));
}

function isUnknown(value: unknown): boolean {
  return value === "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
}
