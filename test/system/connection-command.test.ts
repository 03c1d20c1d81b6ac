// Connections as people and scripts declare them on the command line.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flowfusion, GatewayProcess } from "./gateway-process.ts";

let gateway: GatewayProcess;
let folder: string;
beforeAll(async () => {
  gateway = await GatewayProcess.start();
  folder = await mkdtemp(path.join(tmpdir(), "ff-connection-command-"));
  await writeFile(path.join(folder, "password"), "s3cret-word\n");
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const connection = (...args: readonly string[]) =>
  flowfusion("connection", ...args, "--gateway", gateway.url, "--token", gateway.token);
const put = (name: string, url: string, ...args: readonly string[]) =>
  connection("put", name, "--kind", "http", "--url", url, ...args);
const password = () => ["--secret", `password=${path.join(folder, "password")}`];

test("a connection is put, listed and deleted, and its secrets are named and never shown", async () => {
  expect(await connection("list")).toMatchObject({ code: 0, stdout: "no connections\n" });
  const made = await put("hall", "https://hall.example/in", "--username", "press", ...password());
  expect(made).toEqual({ code: 0, stdout: "connection hall is at generation 1\n", stderr: "" });
  const listed = await connection("list", "--json");
  expect(JSON.parse(listed.stdout)).toMatchObject([{ name: "hall", username: "press", secrets: ["password"] }]);
  expect(listed.stdout).not.toContain("s3cret-word");
  expect(JSON.parse((await connection("delete", "hall", "--json")).stdout)).toEqual({ deleted: "hall" });
  expect(await connection("delete", "hall")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("has no connection hall [FF_API_NOT_FOUND]"),
  });
});

test("secrets that are not named stay, are dropped when told so, and are headers where they are called so", async () => {
  const secretsOf = async () => (await gateway.client.getConnection("api"))?.secrets;
  const key = path.join(folder, "password");
  await put(
    "api",
    "https://api.example/v1",
    "--username",
    "press",
    ...password(),
    "--secret",
    `headers.X-API-Key=${key}`,
  );
  expect(await secretsOf()).toEqual(["headers", "password"]);
  await put("api", "https://api.example/v2", "--username", "press");
  expect(await secretsOf()).toHaveLength(2);
  await put("api", "https://api.example/v2", "--no-secrets");
  expect(await secretsOf()).toEqual([]);
});

test("what cannot be read or is no kind is refused, and nothing is changed", async () => {
  const missing = await put("new", "https://new.example", "--tls-ca", path.join(folder, "nowhere.pem"));
  expect(missing).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/nowhere\.pem: cannot be read.*FF_CLI_FILE/),
  });
  const kind = await connection("put", "new", "--kind", "coap", "--url", "coap://new.example");
  expect(kind).toMatchObject({ code: 2, stderr: expect.stringContaining("--kind is one of mqtt, http, nats") });
  expect(await gateway.client.getConnection("new")).toBeUndefined();
});
