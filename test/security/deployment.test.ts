// The files that install a gateway: the service as systemd judges it, and the container by the files that it copies.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { GatewayClient } from "@flowfusion/client";
import { readConfig } from "@flowfusion/engine";
import { parseFlowName } from "@flowfusion/graph";
import { publishedPackages, stagePackage } from "@flowfusion/tools";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = path.dirname(path.dirname(import.meta.dirname));
const unit = path.join(root, "deploy/systemd/flowfusion-gateway.service");
const containerfile = path.join(root, "deploy/container/Containerfile");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-deploy-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the systemd unit", () => {
  test("is well-formed and leaves little exposed, as systemd itself judges", (context) => {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) context.skip("systemd-analyze is not installed");
    const verified = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
    expect(verified).toMatchObject({ status: 0, stderr: "" });
    const judged = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=20", unit], {
      encoding: "utf8",
    });
    expect(judged.stdout + judged.stderr).toContain("Overall exposure level");
    expect(judged.status).toBe(0);
  });

  test("reads a configuration that fits it: example and unit name the same credentials and folders", async () => {
    const service = await readFile(unit, "utf8");
    const credentials = [...service.matchAll(/^LoadCredential=([^:]+):/gm)].map(([, name]) => name!);
    const example = await readFile(path.join(root, "deploy/systemd/gateway.json"), "utf8");
    for (const name of credentials) {
      expect(example).toContain(`/run/credentials/flowfusion-gateway.service/${name}`);
    }
    expect(example).toContain('"/var/lib/flowfusion"');
    await writeFile(path.join(folder, "token"), "token-0123456789");
    await writeFile(path.join(folder, "gateway.json"), example.replace(/"\/run[^"]*\/token"/, '"token"'));
    expect(await readConfig(path.join(folder, "gateway.json"))).toMatchObject({
      http: { host: "0.0.0.0", port: 7480 },
    });
  });
});

describe("the container", () => {
  test("copies all that a gateway needs to fuse and run a flow, without any package beside it", async () => {
    const staged = path.join(folder, "src/.flowfusion/packages/staged/cli");
    await stagePackage(publishedPackages.find(({ workspace }) => workspace === "cli")!, { folder: staged });
    const copies = [...(await readFile(containerfile, "utf8")).matchAll(/^COPY --from=build \/(\S+) \/(\S+)$/gm)];
    for (const [, from, to] of copies) {
      await cp(path.join(folder, from!), path.join(folder, to!), { recursive: true });
    }
    const main = path.join(folder, /"node", "\/(\S+)"/.exec(await readFile(containerfile, "utf8"))![1]!);
    const where = ["--data", path.join(folder, "data"), "--http", "127.0.0.1:0", "--ingest", "tcp://127.0.0.1:0"];
    const child = spawn(process.execPath, [main, "gateway", "--json", ...where], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit");
    try {
      const [line] = (await once(createInterface(child.stdout), "line")) as [string];
      const { url, token } = JSON.parse(line) as { url: string; token: string };
      const client = new GatewayClient({ endpoint: url, token, retry: { attemptsMax: 1 } });
      const { artefact } = await client.fuse({
        nodes: { in: { type: "tag_input", props: { tags: ["a"] } }, out: { type: "file", props: { path: "a.jsonl" } } },
        wires: { "in.out -> out.in": {} },
      });
      const flow = await client.deployFlow(parseFlowName("a"), { artefact, expected: "absent" });
      expect(flow.condition).toBe("running");
    } finally {
      child.kill("SIGTERM");
    }
    expect(await exit).toEqual([0, null]);
  });
});
