import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { examineConfig, readConfig } from "./config.ts";

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  path = join(folder, "gateway.json");
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: unknown) {
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return readConfig(path);
}

/** The paths that are found at fault. */
async function faults(content: unknown): Promise<readonly string[]> {
  const error = await read(content).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "FF_CONFIG_INVALID", message: expect.stringContaining(path) });
  return (error as { diagnostics: readonly { path: string }[] }).diagnostics.map((one) => one.path).sort();
}

describe("the configuration file", () => {
  test.each([
    [{ dataDri: "data" }, "dataDri: unknown field, did you mean `dataDir`?"],
    [{ limits: { fuelBrust: 1 } }, "limits.fuelBrust: unknown field, did you mean `fuelBurst`?"],
    [{ tls: { certFile: "a", keyFile: "b", dataDir: "c" } }, "tls.dataDir: unknown field [FF_CONFIG_INVALID]"],
  ])("%j is answered with the field that was meant, where one is near", async (content, says) => {
    await expect(read(content)).rejects.toMatchObject({ message: expect.stringContaining(says) });
  });

  test("gives options as it says, with paths from its own folder", async () => {
    await writeFile(join(folder, "token"), "token-0123456789\n");
    const options = await read({
      dataDir: "data",
      http: { host: "0.0.0.0", port: 7480 },
      tls: { certFile: "tls/cert.pem", keyFile: "/run/key.pem", clientCaFile: "ca.pem" },
      ingest: ["ipc:///run/ff.sock"],
      workers: 2,
      tokenFile: "token",
      secretKeyFile: "secret.key",
      publisherKeyFiles: ["a.pub"],
      outbound: ["loopback", "10.1.0.0/16"],
      limits: { fuelPerMessage: 1000 },
      artefactBytesMax: 1_000_000,
      recorderBytesMax: 0,
      log: "info",
    });
    expect(options).toEqual({
      dataDir: join(folder, "data"),
      http: { host: "0.0.0.0", port: 7480 },
      tls: { certFile: join(folder, "tls/cert.pem"), keyFile: "/run/key.pem", clientCaFile: join(folder, "ca.pem") },
      ingest: ["ipc:///run/ff.sock"],
      workers: 2,
      token: "token-0123456789",
      secretKeyFile: join(folder, "secret.key"),
      publisherKeyFiles: [join(folder, "a.pub")],
      outbound: ["loopback", "10.1.0.0/16"],
      limits: { fuelPerMessage: 1000 },
      artefactBytesMax: 1_000_000,
      recorderBytesMax: 0,
      log: { level: "info" },
    });
    expect(await read({})).toEqual({});
  });

  test("has all its faults told at once, each with its path", async () => {
    const http = { host: "", port: 70_000, prot: 1 };
    const limits = { fuelBurst: 0, fuel: 1 };
    const content = {
      http,
      tls: { certFile: "a" },
      ingest: ["", 7],
      log: "loud",
      artefactBytesMax: 1.5,
      limits,
      dir: 1,
    };
    expect(await faults(content)).toEqual([
      "artefactBytesMax",
      "dir",
      "http.host",
      "http.port",
      "http.prot",
      "ingest.0",
      "ingest.1",
      "limits.fuel",
      "limits.fuelBurst",
      "log",
      "tls.keyFile",
    ]);
  });

  test("is examined with what is wrong beside what is of use, less what hangs on it", async () => {
    const http = { host: "0.0.0.0", port: 7480 };
    await writeFile(path, JSON.stringify({ http, tls: { certFile: "a" }, tokenFile: "none", workers: 2, dir: 1 }));
    const { options, problems } = await examineConfig(path);
    expect(options).toEqual({ workers: 2 });
    expect(problems.list.map((one) => one.path).sort()).toEqual(["dir", "tls.keyFile", "tokenFile"]);
  });

  test.each([
    ["is a list", "[]", ["the file"]],
    ["is null", "null", ["the file"]],
    ["is no JSON", '{ "log": warn }', []],
    ["is empty", "", []],
    ["holds a token", '{"token":"token-0123456789"}', ["token"]],
    ["has a prototype", '{"__proto__":{"log":"info"}}', ["__proto__"]],
  ])("that %s is refused", async (_what, content, expected) => {
    expect(await faults(content)).toEqual(expected);
  });

  test("that is not there, or names a token file that is not, is refused by name", async () => {
    await expect(readConfig(join(folder, "none.json"))).rejects.toMatchObject({ code: "FF_CONFIG_INVALID" });
    await expect(read({ tokenFile: "none" })).rejects.toMatchObject({
      code: "FF_CONFIG_INVALID",
      message: expect.stringContaining(join(folder, "none")),
    });
  });
});
