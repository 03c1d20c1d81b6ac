// `npm run bench -- NAME [--json]`: measures, and prints a table or one line of JSON.
// Exit codes: 0 measured, 1 it failed, 2 the arguments are wrong.

import { parseArgs } from "node:util";
import { tableOf } from "./report.ts";

interface Bench {
  readonly summary: string;
  /** `minutes`: for one that may last as long as wanted. */
  run(minutes: number): Promise<object>;
}

/** Each is loaded when it is run: all of them together are most of the repository. */
const benches: { readonly [name: string]: Bench } = {
  flow: {
    summary: "ns a tag in a flow: fused, unfused, hand-written JavaScript",
    run: () => import("./flow/bench.ts").then((it) => it.benchFlow(it.flowEffort)),
  },
  nodes: {
    summary: "ns a message in each built-in node alone",
    run: () => import("./nodes/bench.ts").then((it) => it.benchNodes(it.nodesEffort)),
  },
  fuse: {
    summary: "ms to fuse a flow: cold, warm, many nodes, Go, from the cache",
    run: () => import("./fuse/bench.ts").then((it) => it.benchFuse(it.fuseEffort)),
  },
  router: {
    summary: "ns a tag from protobuf to a flow's input, beside protobufjs",
    run: () => import("./router/bench.ts").then((it) => it.benchRouter(it.routerEffort)),
  },
  restart: {
    summary: "from the start of a gateway's process to 1,000 flows running",
    run: () => import("./restart/bench.ts").then((it) => it.benchRestart(it.restartEffort)),
  },
  memory: {
    summary: "memory of a gateway with 1,000 flows",
    run: () => import("./restart/bench.ts").then((it) => it.benchMemory(it.memoryEffort)),
  },
  durable: {
    summary: "a message that is on disk before it is sent, in 300 flows: processor time, memory",
    run: () => import("./durable/bench.ts").then((it) => it.benchDurable(it.durableEffort)),
  },
  e2e: {
    summary: "a whole gateway: tags/s, latency at 50,000 tags/s, memory",
    run: () => import("./e2e/bench.ts").then((it) => it.benchE2e(it.e2eEffort)),
  },
  swap: {
    summary: "1,000 swaps of 1 MiB of state at 20,000 tags/s: pause, and what is lost, doubled or out of order",
    run: () => import("./swap/bench.ts").then((it) => it.benchSwap(it.swapEffort)),
  },
  fairness: {
    summary: "the latency of a flow beside neighbours that loop, call or grow for ever, or use all their fuel",
    run: () => import("./fairness/bench.ts").then((it) => it.benchFairness(it.fairnessEffort)),
  },
  flows: {
    summary: "a thousand flows: deliveries/s, how evenly, memory",
    run: () => import("./flows/bench.ts").then((it) => it.benchFlows(it.flowsEffort)),
  },
  canvas: {
    summary: "frames while a node is dragged over 300 nodes and 400 wires, against an empty canvas",
    run: () => import("./canvas/bench.ts").then((it) => it.benchCanvas(it.canvasEffort)),
  },
  console: {
    summary: "what an open page of the console costs the gateway, at 50,000 tags/s",
    run: () => import("./console/bench.ts").then((it) => it.benchConsole(it.consoleEffort)),
  },
  packages: {
    summary: "the npm packages: sizes, and the start of the provider",
    run: () => import("./packages/bench.ts").then((it) => it.benchPackages(it.packagesEffort)),
  },
  preview: {
    summary: "a preview of 50 flows of 20 nodes with the Pulumi CLI; the start of the provider",
    run: () => import("./preview/bench.ts").then((it) => it.benchPreview(it.previewEffort)),
  },
  soak: {
    summary: "a gateway with swaps, outages and driver restarts: every update accounted for, memory flat",
    run: runSoak,
  },
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** It takes long, so it says how far it is; and it ends with exit code 1 where the gateway did what it must not. */
async function runSoak(minutes: number): Promise<object> {
  const { benchSoak, soakEffort, soakFaults } = await import("./soak/bench.ts");
  const result = await benchSoak(soakEffort(minutes), say);
  const faults = soakFaults(result);
  for (const fault of faults) say(`fault: ${fault}`);
  if (faults.length === 0) say("Every update is accounted for, and memory is where it was.");
  else process.exitCode = 1;
  return result;
}

const minutesDefault = 30;
const minutesMax = 7 * 24 * 60;

const usage = `Usage: npm run bench -- NAME [--json] [--minutes N]

Measures, for a few seconds up to some minutes, and prints a table; soak as long as it is told to.

${Object.entries(benches)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join("\n")}

  --json        print one line of JSON instead
  --minutes N   how long to soak (default: 30)
  --help        print this
`;

async function run(args: string[]): Promise<number> {
  const given = parse(args);
  if (typeof given === "string") return refuse(given);
  const { values, positionals } = given;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) return refuse("name one benchmark");
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) return refuse(`there is no benchmark ${name}`);
  const minutes = Number(values.minutes ?? minutesDefault);
  if (!(minutes > 0 && minutes <= minutesMax))
    return refuse(`--minutes ${values.minutes}: above 0 and at most ${minutesMax} expected`);
  const result = await bench.run(minutes);
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : tableOf(result));
  return 0;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { json: { type: "boolean" }, minutes: { type: "string" }, help: { type: "boolean" } },
      allowPositionals: true,
    });
  } catch (error) {
    return (error as Error).message;
  }
}

function refuse(why: string): number {
  process.stderr.write(`bench: ${why}\n\n${usage}`);
  return 2;
}

process.exitCode = (await run(process.argv.slice(2))) || process.exitCode;
