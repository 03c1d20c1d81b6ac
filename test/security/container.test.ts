// The container image, built and run as its Containerfile says. A build takes minutes and fetches packages, so it is a part
// of the long tests, where there is podman.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { GatewayClient } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { expect, test } from "vitest";

const root = path.dirname(path.dirname(import.meta.dirname));
const file = "deploy/container/Containerfile";
const containerfile = await readFile(path.join(root, file), "utf8");
const instructions = (name: string) =>
  [...containerfile.matchAll(new RegExp(`^${name} (.+)$`, "gm"))].map(([, rest]) => rest!);

test("builds and runs on the Node.js that the repository pins", async () => {
  const { devDependencies } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const bases = instructions("FROM").map((from) => from.split(" ")[0]);
  const pinned = `docker.io/library/node:${devDependencies.node}-bookworm-slim`;
  expect(bases).toEqual([pinned, pinned]);
});

test("is made from the sources alone: nothing that was built or installed outside of it", async () => {
  const ignored = (await readFile(path.join(root, ".dockerignore"), "utf8")).split("\n");
  expect(ignored).toEqual(expect.arrayContaining(["**/node_modules", "**/dist", "**/.flowfusion", ".git"]));
  for (const copied of instructions("COPY").filter((copy) => !copy.startsWith("--from"))) {
    expect(await stat(path.join(root, copied.split(" ")[0]!))).toBeTruthy();
  }
  const script = /^node (\S+)/.exec(instructions("RUN")[0]!)![1]!;
  expect((await stat(path.join(root, script))).isFile()).toBe(true);
});

test("runs as nobody in particular, in the folder that it keeps", () => {
  expect(instructions("USER")).toEqual(["65532:65532"]);
  expect(instructions("VOLUME")).toEqual(["/data"]);
  expect(containerfile).toMatch(/mkdir --mode=0700 \/data && chown 65532:65532 \/data/);
});

function podman(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("podman", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`podman ${args.join(" ")}: ${stderr.slice(-4000)}`);
  return stdout.trim();
}

/** A container that serves; what it is fed through is loopback, so the network is the machine's. */
async function run(name: string, image: string, conf: string, volume: string) {
  const hardened = ["--read-only", "--cap-drop=all", "--network", "host"];
  const volumes = ["--volume", `${volume}:/data`, "--volume", `${conf}:/etc/flowfusion:ro`];
  const command = ["--config", "/etc/flowfusion/gateway.json", "--json"];
  const child = spawn("podman", ["run", "--rm", "--name", name, ...hardened, ...volumes, image, ...command], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit").then(([code]) => code as number);
  const line = once(createInterface(child.stdout), "line").then(([text]) => text as string);
  const first = await Promise.race([line, ended]);
  if (typeof first === "number") throw new Error(`the container ended with exit code ${first}`);
  const { url } = JSON.parse(first) as { url: string };
  const token = (await readFile(path.join(conf, "token"), "utf8")).trim();
  return { ended, client: new GatewayClient({ endpoint: url, token, retry: { attemptsMax: 1 } }) };
}

test("is built, runs read-only and without any capability, and keeps its flows over a kill and a stop", {
  timeout: 1_800_000,
}, async (context) => {
  if (!process.env.FLOWFUSION_TEST_LONG) context.skip("a build takes minutes; npm run test:long does it");
  if (spawnSync("podman", ["--version"]).status !== 0) context.skip("podman is not installed");
  const base = instructions("FROM")[1]!;
  if (spawnSync("podman", ["run", "--rm", base, "true"]).status !== 0) context.skip(`podman cannot run ${base}`);
  const name = `flowfusion-test-${process.pid}`;
  const folder = await mkdtemp(path.join(tmpdir(), "ff-container-"));
  const conf = path.join(folder, "conf");
  try {
    podman("build", "--file", file, "--tag", name, ".");
    await mkdir(conf, { mode: 0o755 });
    const settings = { dataDir: "/data", http: { host: "127.0.0.1", port: 0 }, ingest: ["tcp://127.0.0.1:0"] };
    await writeFile(path.join(conf, "gateway.json"), JSON.stringify({ ...settings, tokenFile: "token" }));
    await writeFile(path.join(conf, "token"), "container-token-0123456789\n", { mode: 0o644 });

    const first = await run(name, name, conf, name);
    expect(podman("exec", name, "id", "-u")).toBe("65532");
    const { artefact } = await first.client.fuse({
      nodes: { in: { type: "tag_input", props: { tags: ["a"] } }, out: { type: "file", props: { path: "a.jsonl" } } },
      wires: { "in.out -> out.in": {} },
    });
    await first.client.deployFlow(parseFlowName("a"), { artefact, expected: "absent" });
    podman("kill", name);
    expect(await first.ended).toBe(137);

    const second = await run(name, name, conf, name);
    expect((await second.client.listFlows()).items).toMatchObject([{ name: "a", artefact, condition: "running" }]);
    podman("stop", name);
    expect(await second.ended).toBe(0);
  } finally {
    spawnSync("podman", ["rm", "--force", name]);
    spawnSync("podman", ["volume", "rm", "--force", name]);
    spawnSync("podman", ["rmi", "--force", name]);
    await rm(folder, { recursive: true, force: true });
  }
});
