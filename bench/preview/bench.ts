// How long people wait for a preview of a large stack, ms, on the clock: the real CLI and provider, a gateway on this machine.
//
//   providerStart     from the start of the provider's process to the line with its port, the best of some
//   empty             a program without resources: what the CLI and the program take by themselves
//   trivial           as many resources as the flows have rows, which do nothing and belong to Pulumi alone
//   firstPreview      of new flows, none of which was ever fused
//   firstPreviewAgain the same once more, from the cache
//   up                that creates them, with Pulumi's own checkpoint behind each row left out: see docs/guides/review.md
//   unchanged         nothing is different: each flow is checked and compared
//   changed           a property of every flow: fused, tried with a dry run, compared on what the gateway recorded
//   changedAgain      the same once more, from the cache
//
// `processorMs` tells of each step what time on processors it took, by process; the gateway's is this process's.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startGateway } from "@flowfusion/engine";
import { pulumiEnvironment } from "@flowfusion/tools";
import { round2 } from "../measure.ts";
import { type ProcessorTime, watchProcessorTime } from "./processes.ts";

export interface PreviewEffort {
  readonly flows: number;
  readonly nodesPerFlow: number;
  readonly starts: number;
}

export const previewEffort: PreviewEffort = { flows: 50, nodesPerFlow: 20, starts: 5 };

const root = join(import.meta.dirname, "..", "..");
const token = "bench-token-0123456789abcdef0123456789abcdef";

export async function benchPreview({ flows, nodesPerFlow, starts }: PreviewEffort) {
  const folder = await mkdtemp(join(tmpdir(), "flowfusion-bench-preview-"));
  const gateway = await startGateway({
    ...{ dataDir: join(folder, "gateway"), token, ingest: [], healthGateMs: 0, log: { level: "silent" } },
  });
  const ms: { [step: string]: number } = {};
  const processorMs: { [step: string]: ProcessorTime } = {};
  try {
    const pulumi = await openProject(folder, { endpoint: gateway.url, token });
    const measure = async (step: string, args: readonly string[]) => {
      const before = process.cpuUsage();
      const beganMs = performance.now();
      const taken = await pulumi(args);
      ms[`${step}Ms`] = performance.now() - beganMs;
      const { user, system } = process.cpuUsage(before);
      processorMs[step] = { ...taken, gateway: (user + system) / 1000 };
    };
    const write = (text: string) => writeFile(join(folder, "index.ts"), text);
    await write("export {};\n");
    await pulumi(["preview"]);
    await measure("empty", ["preview"]);
    await write(trivialProgram(flows * 2 * nodesPerFlow));
    await measure("trivial", ["preview"]);
    await write(program(flows, nodesPerFlow));
    await measure("firstPreview", ["preview"]);
    await measure("firstPreviewAgain", ["preview"]);
    await measure("up", ["up", "--yes", "--skip-preview"]);
    await measure("unchanged", ["preview", "--expect-no-changes"]);
    await pulumi(["config", "set", "offset", "1"]);
    await measure("changed", ["preview"]);
    await measure("changedAgain", ["preview"]);
    const starting: number[] = [];
    for (let start = 0; start < starts; start++) starting.push(await providerStartMs());
    const figures = { providerStartMs: Math.min(...starting), ...ms };
    return { bench: "preview", flows, nodesPerFlow, ...rounded(figures), processorMs: mapValues(processorMs, rounded) };
  } finally {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const rounded = (figures: { readonly [name: string]: number }) => mapValues(figures, round2);

function mapValues<Value, Result>(object: { readonly [name: string]: Value }, map: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}

/** A flow has a row of its own, one for each node and one for each of the wires between them. */
const trivialProgram = (resources: number): string => `
  import * as pulumi from "@pulumi/pulumi";
  for (let index = 0; index < ${resources}; index++) new pulumi.ComponentResource("bench:index:Trivial", "trivial" + index);
`;

/** Chains of nodes; each flow is another, so that none is fused for its neighbour. */
function program(flows: number, nodesPerFlow: number): string {
  return `
    import * as ff from "@flowfusion/sdk";
    import * as pulumi from "@pulumi/pulumi";
    const config = new pulumi.Config();
    const gateway = { endpoint: config.require("endpoint"), token: config.requireSecret("token") };
    const offset = config.getNumber("offset") ?? 0;
    for (let flow = 0; flow < ${flows}; flow++) {
      const between = Array.from({ length: ${nodesPerFlow - 2} }, (_, index) => index);
      new ff.Flow("flow" + flow, {
        gateway,
        nodes: {
          first: ff.tagInput({ tags: ["plant/" + flow + "/#"] }),
          ...Object.fromEntries(between.map((index) => ["n" + index, ff.scale({ factor: index + 1, offset: flow + offset })])),
          last: ff.file({ path: "flow" + flow + ".jsonl" }),
        },
        wires: (n) => [
          n.first.out.to(n.n0.in),
          ...between.slice(1).map((index) => n["n" + (index - 1)].out.to(n["n" + index].in)),
          n["n" + between.at(-1)].out.to(n.last.in),
        ],
      });
    }
  `;
}

/** A stack in the folder, with a cache of its own; gives what runs the CLI and tells the processor time of its processes. */
async function openProject(
  folder: string,
  config: { readonly [key: string]: string },
): Promise<(args: readonly string[]) => Promise<ProcessorTime>> {
  const { command, env } = await pulumiEnvironment({
    home: join(folder, ".home"),
    backendDir: join(folder, ".backend"),
  });
  await mkdir(join(folder, ".cache"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const runtime = { name: "nodejs", options: { typescript: false } };
  const plugins = { providers: [{ name: "flowfusion", path: join(root, "provider/bin") }] };
  await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify({ name: "bench", main: "index.ts", runtime, plugins }));
  const once = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
  const options = { cwd: folder, env: { ...env, ...once, XDG_CACHE_HOME: join(folder, ".cache") }, maxBuffer: 1 << 28 };
  const pulumi = (args: readonly string[]): Promise<ProcessorTime> =>
    new Promise((resolve, reject) => {
      const child = execFile(command, [...args, "--non-interactive"], options, (error, stdout, stderr) => {
        const taken = watched.stop();
        if (error) reject(new Error(`pulumi ${args.join(" ")}: ${error.message}\n${stdout}${stderr}`));
        else resolve(taken);
      });
      const watched = watchProcessorTime(child.pid!);
    });
  await pulumi(["stack", "init", "dev"]);
  for (const [key, value] of Object.entries(config)) await pulumi(["config", "set", "--secret", key, value]);
  return pulumi;
}

async function providerStartMs(): Promise<number> {
  const beganMs = performance.now();
  const provider = spawn(join(root, "provider/bin/pulumi-resource-flowfusion"), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(createInterface(provider.stdout), "line");
  const ms = performance.now() - beganMs;
  const exit = once(provider, "exit");
  provider.kill();
  await exit;
  return ms;
}
