// The container image, built and run as its Containerfile and the guide say. A build takes minutes and fetches packages, so it
// is a part of the long tests, where there is podman.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { GatewayClient } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { eventually, selfSigned } from "@flowfusion/testkit";
import { expect, test } from "vitest";

const root = path.dirname(path.dirname(import.meta.dirname));
/** Who the gateway is in the container. */
const user = 65532;
const file = "deploy/container/Containerfile";
const containerfile = await readFile(path.join(root, file), "utf8");
const instructions = (name: string) =>
  [...containerfile.matchAll(new RegExp(`^${name} (.+)$`, "gm"))].map(([, rest]) => rest!);

test("is built with, and has in it, the Node.js that the repository pins, and nothing but that", async () => {
  const { devDependencies, version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const bases = instructions("FROM").map((from) => from.split(" ")[0]);
  const pinned = `docker.io/library/node:${devDependencies.node}-bookworm-slim`;
  expect(bases).toEqual([pinned, pinned, "scratch"]);
  expect(containerfile).toContain(`org.opencontainers.image.version="${version}"`);
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
  expect(containerfile).toMatch(/mkdir --mode=0700 data && chown 65532:65532 data/);
});

function podman(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("podman", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`podman ${args.join(" ")}: ${stderr.slice(-4000)}`);
  return stdout.trim();
}

/** The settings, certificate and token of a gateway that others reach, readable by the one user who may. */
async function makeConf(conf: string): Promise<void> {
  await mkdir(conf, { mode: 0o755 });
  const tls = { certFile: "tls.pem", keyFile: "tls.key" };
  const settings = { dataDir: "/data", http: { host: "0.0.0.0", port: 7480 }, tls, tokenFile: "token" };
  await writeFile(path.join(conf, "gateway.json"), JSON.stringify(settings));
  await writeFile(path.join(conf, "token"), "container-token-0123456789\n", { mode: 0o600 });
  await selfSigned(conf, "tls");
  for (const secret of ["token", "tls.key"]) await chown(path.join(conf, secret), user, user);
}

const hardened = [
  "--read-only",
  "--cap-drop=all",
  "--security-opt=no-new-privileges",
  "--memory",
  "512m",
  "--pids-limit",
  "200",
];

/** A container that serves, and what it answers through. */
async function run(name: string, image: string, conf: string, volume: string) {
  const volumes = ["--volume", `${volume}:/data`, "--volume", `${conf}:/etc/flowfusion:ro`];
  const command = ["--config", "/etc/flowfusion/gateway.json", "--json"];
  const published = ["--publish", "127.0.0.1::7480"];
  const child = spawn(
    "podman",
    ["run", "--rm", "--name", name, ...hardened, ...volumes, ...published, image, ...command],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = once(child, "exit").then(([code]) => code as number);
  const line = once(createInterface(child.stdout), "line").then(([text]) => text as string);
  const first = await Promise.race([line, ended]);
  if (typeof first === "number") throw new Error(`the container ended with exit code ${first}`);
  const endpoint = `https://${podman("port", name, "7480/tcp")}`;
  const token = (await readFile(path.join(conf, "token"), "utf8")).trim();
  const tls = { ca: await readFile(path.join(conf, "tls.pem"), "utf8") };
  return { ended, client: new GatewayClient({ endpoint, token, tls, retry: { attemptsMax: 1 } }) };
}

const flow = parseFlowName("a");

/** A flow that is fed by a driver, and writes files. */
async function deploy(client: GatewayClient): Promise<void> {
  const { artefact } = await client.fuse({
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      out: { type: "file", props: { path: "a.jsonl" } },
    },
    wires: { "in.out -> out.in": {} },
  });
  await client.deployFlow(flow, { artefact, expected: "absent" });
  const config = { updatesPerSecond: 20, tags: 2 };
  await client.putDriver("plant", { kind: "simulator", config }, { expected: "absent" });
}

/** The driver's updates come out of the flow. */
const expectRuns = (client: GatewayClient) =>
  eventually(async () => {
    expect((await client.listFlows()).items).toMatchObject([{ name: "a", condition: "running" }]);
    expect((await client.stats(flow)).sinks).toMatchObject([{ kind: "file", dropped: {} }]);
    expect((await client.stats(flow)).sinks[0]!.sent).toBeGreaterThan(0);
  });

test("is built, runs with nothing but its own folder, and keeps its flows over a kill, a stop and a new container", {
  timeout: 1_800_000,
}, async (context) => {
  if (!process.env.FLOWFUSION_TEST_LONG) context.skip("a build takes minutes; npm run test:long does it");
  if (process.getuid?.() !== 0) context.skip("only root can give the token to the container's user");
  if (spawnSync("podman", ["--version"]).status !== 0) context.skip("podman is not installed");
  const base = instructions("FROM")[0]!.split(" ")[0]!;
  const tried = spawnSync("podman", ["run", "--rm", base, "true"], { encoding: "utf8" });
  if (tried.status !== 0) context.skip(`podman cannot run ${base}: ${tried.stderr.trim()}`);
  const name = `flowfusion-test-${process.pid}`;
  const folder = await mkdtemp(path.join(tmpdir(), "ff-container-"));
  const conf = path.join(folder, "conf");
  try {
    podman("build", "--file", file, "--tag", name, ".");
    await makeConf(conf);
    const mounted = ["--rm", "--volume", `${conf}:/etc/flowfusion:ro`];
    podman("run", ...mounted, name, "--config", "/etc/flowfusion/gateway.json", "--check");

    const first = await run(name, name, conf, name);
    await deploy(first.client);
    await expectRuns(first.client);
    const node = ["exec", name, "node", "--print"];
    expect(podman(...node, "process.getuid() + ' ' + os.userInfo().username")).toBe(`${user} flowfusion`);
    expect(podman(...node, "fs.readdirSync('/data').length > 0")).toBe("true");
    const unwritable = "fs.writeFileSync('/opt/x', '')";
    expect(() => podman(...node, unwritable)).toThrow("EROFS");
    expect(() => podman("exec", name, "sh")).toThrow("not found");
    podman("kill", name);
    expect(await first.ended).toBe(137);

    const second = await run(name, name, conf, name);
    await expectRuns(second.client);
    podman("stop", name);
    expect(await second.ended).toBe(0);
  } finally {
    spawnSync("podman", ["rm", "--force", name]);
    spawnSync("podman", ["volume", "rm", "--force", name]);
    spawnSync("podman", ["rmi", "--force", name]);
    await rm(folder, { recursive: true, force: true });
  }
});
