// What an endpoint answers a sink, or a gateway tells, printed by commands that run as processes: it steers no terminal.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const main = path.join(import.meta.dirname, "../dist/main.mjs");
/** Sets a terminal's title, clears it by an escape of two bytes and by one, and begins a line that looks like another. */
const foreign = "refused\x1b]0;owned\x07\x1b[2J\x9b2J\r\n✓ gateway";

const at = "2026-01-01T00:00:00.000Z";
const input = { queued: 0, queuedBytes: 0, dropped: {} };
const counts = {
  messagesIn: 1,
  messagesOut: 1,
  dropped: 1,
  droppedByBreaker: 0,
  traps: 1,
  restarts: 0,
  deadLetters: 1,
};
const stats = {
  ...{ name: "boiler", digest: `sha256:${"0".repeat(64)}`, condition: "broken", mode: "fused", input, ...counts },
  ...{ executeP50Us: 1, executeP99Us: 1, deadLettersKept: 0, checkpointFailures: 0, deadLetterError: foreign },
  lastTrap: { node: foreign, cause: "fuel", atMs: 0 },
  nodes: [{ node: foreign, messagesIn: 1, messagesOut: [1], traps: 0 }],
  sinks: [
    {
      ...{
        node: "out",
        kind: foreign,
        queued: 0,
        queuedBytes: 0,
        diskBytes: 0,
        diskBytesMax: 0,
        sent: 0,
        recovered: 0,
      },
      ...{ dropped: { [foreign]: 1 }, failingMs: 5_000, lastError: foreign },
    },
  ],
};
const inMemoryAlone = [{ what: "state", flows: 1, reason: foreign }];
const gateway = {
  ...{ id: foreign, version: foreign, startedAt: at, addresses: [], flows: 1, rssBytes: 1, socketToSinkQueueP99Us: 1 },
  ingest: { connections: 0, frames: 0, bytes: 0, tags: 0, unrouted: 0, refused: { [foreign]: 1 } },
  storage: { isWritable: false, reason: foreign, freeBytes: 1, inMemoryAlone },
};
const driver = {
  ...{ name: "press", generation: 1, kind: "modbus", config: {}, secrets: [], enabled: true, state: "backing_off" },
  ...{ reason: foreign, updates: 0, bad: 0, dropped: 0, unsent: 0, inDoubt: 0, updatesPerSecond: 0, restarts: 3 },
  ...{ changedAt: at, changedBy: foreign },
};
const event = { at, phase: "failed", text: foreign, step: foreign };
const deployment = {
  id: "d1",
  flow: "boiler",
  action: "deploy",
  by: foreign,
  via: "api",
  phase: "failed",
  events: [event],
};
const letter = { id: 1, at, node: foreign, cause: "trap", detail: foreign, message: { topic: foreign } };
const answers: { readonly [path: string]: unknown } = {
  "/v1/gateway": gateway,
  "/v1/flows": { items: [{ name: "boiler", condition: "broken", reason: foreign }] },
  "/v1/stats": { items: [stats] },
  "/v1/flows/boiler/stats": stats,
  "/v1/drivers": { items: [driver] },
  "/v1/deployments": { items: [deployment] },
  "/v1/flows/boiler/dead-letters/replay": { replayed: 0, deadAgain: 0, refused: [{ id: 1, why: foreign }] },
  "/v1/flows/boiler/dead-letters": { items: [letter] },
};

let server: Server;
beforeAll(async () => {
  server = createServer(({ url = "" }, response) => {
    const answer = answers[url.split("?", 1)[0]!];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server.close());

function flowfusion(...args: string[]): Promise<string> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args, "--gateway", url, "--token", "t".repeat(16)], (_error, out, err) =>
      resolve(out + err),
    );
  });
}

test.each([
  [["top", "--once"]],
  [["top", "boiler", "--once"]],
  [["doctor"]],
  [["deployments", "list"]],
  [["deployments", "show", "d1"]],
  [["dead-letters", "list", "boiler"]],
  [["dead-letters", "replay", "boiler", "--all"]],
])("%j prints them as text, each in its own line", async (args) => {
  const output = await flowfusion(...args);
  expect(output).toContain("refused\uFFFD]0;owned\uFFFD");
  expect(output.match(/[^\P{Cc}\n]/gu)).toBeNull();
  expect(output).not.toMatch(/^✓ gateway$/m);
  expect(output).not.toContain("TypeError");
});
