// The packages as their users get them: packed by npm, installed into an empty project outside the repository, run there.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { type PackedPackage, packPackages, pulumiEnvironment } from "@flowfusion/tools";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import schema from "../../schema.json" with { type: "json" };
import { fuseDocument } from "./flows.ts";
import { eventually, GatewayProcess } from "./gateway-process.ts";

const root = path.dirname(path.dirname(import.meta.dirname));

const graph = {
  nodes: {
    temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
    hot: { type: "filter", props: { op: ">", value: 90 } },
    alarms: { type: "file", props: { path: "alarms.jsonl" } },
  },
  wires: ["temps.out -> hot.in", "hot.pass -> alarms.in"],
};

const program = (wire = "n.hot.pass.to(n.alarms.in)"): string => `
import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const flow = new ff.Flow("boiler", {
  gateway: { endpoint: config.require("endpoint"), token: config.requireSecret("token") },
  nodes: {
    temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
    hot: ff.filter({ op: ">", value: 90 }),
    alarms: ff.file({ path: "alarms.jsonl" }),
  },
  wires: (n) => [n.temps.out.to(n.hot.in), ${wire}],
});
export const digest: pulumi.Output<string> = flow.digest;
`;

interface Ended {
  readonly code: number;
  readonly text: string;
}

let folder: string;
let project: string;
let packed: PackedPackage[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "flowfusion-packages-"));
  packed = await packPackages({ folder: path.join(folder, "packed") });
  project = path.join(folder, "plant");
  await mkdir(project);
  await write("package.json", JSON.stringify({ name: "plant", private: true, type: "module" }));
  const tarballs = packed.map(({ tarball }) => tarball);
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  const others = await Promise.all(
    ["@pulumi/pulumi", "vitest"].map(async (name) => `${name}@${await versionOf(name)}`),
  );
  await succeed("npm", ["install", ...quiet, ...tarballs, ...others]);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const write = (file: string, text: string): Promise<void> => writeFile(path.join(project, file), text);
const installed = (program: string): string => path.join(project, "node_modules", ".bin", program);

async function versionOf(name: string): Promise<string> {
  return JSON.parse(await readFile(path.join(root, "node_modules", name, "package.json"), "utf8")).version;
}

function run(command: string, args: readonly string[], env = process.env, cwd = project): Promise<Ended> {
  const searchPath = `${path.dirname(process.execPath)}${path.delimiter}${env.PATH}`;
  return new Promise((resolve) => {
    const options = { cwd, env: { ...env, PATH: searchPath }, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, text: stdout + stderr });
    });
  });
}

async function succeed(command: string, args: readonly string[], env = process.env, cwd = project): Promise<string> {
  const { code, text } = await run(command, args, env, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${text}`);
  return text;
}

describe("a tarball", () => {
  test("names no workspace, no path of the machine that made it, and carries a licence and a page for npm", async () => {
    const names = { sdk: "@flowfusion/sdk", provider: "@flowfusion/provider", testing: "@flowfusion/testing" };
    const places = { ...names, cli: "flowfusion" };
    for (const [staged, name] of Object.entries(places)) {
      const place = path.join(folder, "packed", "staged", staged);
      const manifest = JSON.parse(await readFile(path.join(place, "package.json"), "utf8"));
      expect(manifest).toMatchObject({ name, license: "Apache-2.0", type: "module" });
      expect(manifest).not.toHaveProperty("private");
      expect(Object.values({ ...manifest.dependencies, ...manifest.peerDependencies })).not.toContain("*");
      const files = (await readdir(place, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      expect(files.map((entry) => entry.name)).toEqual(expect.arrayContaining(["LICENSE", "README.md"]));
      for (const file of files) {
        const content = await readFile(path.join(file.parentPath, file.name), "latin1");
        expect(content.includes(root), `${file.name} names ${root}`).toBe(false);
      }
    }
  });

  test("has the version of all others and of the schema", () => {
    expect(packed.map(({ version }) => version)).toEqual(packed.map(() => schema.version));
  });

  test("is small: the SDK below 100 kB, all others below 6 MB each", () => {
    const { "@flowfusion/sdk": sdk, ...others } = Object.fromEntries(
      packed.map(({ name, sizeBytes }) => [name, sizeBytes]),
    );
    expect(sdk).toBeLessThan(100_000);
    expect(Object.keys(others)).toHaveLength(3);
    expect(Math.max(...Object.values(others))).toBeLessThan(6_000_000);
  });
});

/** Compiles `index.ts`, or other files of the project, as a user would. */
async function compile(files: readonly string[]): Promise<Ended> {
  const compilerOptions = {
    ...{ module: "nodenext", strict: true, noEmit: true, exactOptionalPropertyTypes: true },
    ...{ allowImportingTsExtensions: true, skipLibCheck: true },
  };
  await write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
  return run(path.join(root, "node_modules/.bin/tsc"), ["-p", ".", "--pretty", "false"]);
}

describe("the testing package", () => {
  const vitest = (...files: readonly string[]): Promise<string> =>
    succeed(installed("vitest"), ["run", "--testTimeout=240000", ...files], { ...process.env, NO_COLOR: "1" });

  test("runs the tests of a flow, fused in the project itself, types included", async () => {
    const guide = await readFile(path.join(root, "docs/guides/test-your-flow.md"), "utf8");
    const files = [...guide.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, name, text]) => ({ name, text }));
    const named = files.filter(({ name }) => name !== "day.test.ts");
    expect(named.map(({ name }) => name)).toEqual(["boiler.ts", "boiler.test.ts", "mean.test.ts", "part.test.ts"]);
    for (const { name, text } of named) await write(name!, text!);
    expect(await compile(named.map(({ name }) => name!))).toEqual({ code: 0, text: "" });
    expect(await vitest()).toMatch(/Tests +3 passed/);
  });

  test("says which line of the program is wrong, as a preview does", async () => {
    await write(
      "wrong.test.ts",
      `import * as ff from "@flowfusion/sdk";
import { simulate } from "@flowfusion/testing";
import { expect, test } from "vitest";
test("is told", async () => {
  const wrong = ff.graph({
    nodes: { temps: ff.tagInput({ tags: ["#"] }), hot: ff.filter({ op: "=>" as ">", value: 1 }) },
    wires: (n) => [n.temps.out.to(n.hot.in)],
  });
  await expect(simulate(wrong, [])).rejects.toThrow(/nodes.hot.props.op: .*wrong.test.ts:6.*FF_GRAPH_PROPERTY/);
});`,
    );
    expect(await vitest("wrong")).toMatch(/Tests +1 passed/);
  });
});

describe("the SDK", () => {
  async function compileProgram(text: string): Promise<Ended> {
    await write("index.ts", text);
    return compile(["index.ts"]);
  }

  test("has types that a program compiles against, declarations of its own included", async () => {
    expect(await compileProgram(program())).toEqual({ code: 0, text: "" });
  });

  test("refuses a wire into a port that is not there while compiling", async () => {
    const { code, text } = await compileProgram(program("n.hot.pass.to(n.alarms.input)"));
    expect([code, text]).toEqual([expect.any(Number), expect.stringMatching(/'input' does not exist/)]);
  });
});

describe("the command line", () => {
  test("runs a gateway with a driver, a flow that it fuses itself, and the console", async () => {
    await using gateway = await GatewayProcess.startFrom([installed("flowfusion")]);
    const { artefact } = await gateway.client.fuse({
      nodes: { ...graph.nodes, hot: { type: "filter", props: { op: ">", value: 0 } } },
      wires: Object.fromEntries(graph.wires.map((wire) => [wire, {}])),
    });
    await gateway.client.deployFlow(parseFlowName("boiler"), { artefact, expected: "absent" });
    const config = { updatesPerSecond: 2_000, tags: 14 };
    await gateway.client.putDriver("plant", { kind: "simulator", config }, { expected: "absent" });
    const output = path.join(gateway.dataDir, "output", "alarms.jsonl");
    const written = await eventually(async () => {
      expect((await stat(output)).size).toBeGreaterThan(0);
      return readFile(output, "utf8");
    });
    expect(written).toContain('"topic":"boiler/');
    const page = await fetch(`${gateway.url}/console/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>Flow Fusion</title>")]);
  });

  test("fuses to the same bytes as the repository does", async () => {
    await write("graph.json", JSON.stringify(graph));
    await succeed(installed("flowfusion"), ["fuse", "graph.json", "-o", "Flow.wasm"]);
    const { wasm } = await fuseDocument(graph);
    expect((await readFile(path.join(project, "Flow.wasm"))).equals(wasm)).toBe(true);
  });

  test("begins a node from its templates, and says what to install for a compiler that few need", async () => {
    const made = await succeed(installed("flowfusion"), ["node", "new", "mean", "--lang", "as"]);
    expect(made).toContain("a node in AssemblyScript");
    const { code, text } = await run(installed("flowfusion"), ["node", "build", "mean"]);
    expect([code, text]).toEqual([1, expect.stringContaining("npm install assemblyscript")]);
  });

  test("builds a node with the compiler of the project that the node is in", async () => {
    const nodes = path.join(folder, "nodes");
    await mkdir(path.join(nodes, "node_modules"), { recursive: true });
    const compiler = path.join("node_modules", "assemblyscript");
    await symlink(path.join(root, compiler), path.join(nodes, compiler));
    await succeed(installed("flowfusion"), ["node", "new", "mean", "--lang", "as"], process.env, nodes);
    const built = await succeed(installed("flowfusion"), ["node", "build", "mean"], process.env, nodes);
    expect(built).toContain("built from AssemblyScript");
  });
});

describe("a Pulumi program", () => {
  async function stack(name: string, manifest: object, gateway: GatewayProcess) {
    await write("Pulumi.yaml", JSON.stringify({ name: "plant", main: "index.ts", ...manifest }));
    await write("index.ts", program());
    const { command, env } = await pulumiEnvironment({
      home: path.join(folder, "home"),
      backendDir: path.join(folder, "state"),
    });
    const pulumi = (args: readonly string[], variables = {}) =>
      succeed(command, [...args, "--non-interactive"], { ...env, NO_COLOR: "1", ...variables });
    await pulumi(["stack", "init", name]);
    await pulumi(["config", "set", "endpoint", gateway.url]);
    await pulumi(["config", "set", "--secret", "token", gateway.token]);
    return pulumi;
  }

  const runtime = { name: "nodejs", options: { typescript: false } };

  test("is previewed, deployed and destroyed by the provider in node_modules", async () => {
    await using gateway = await GatewayProcess.startFrom([installed("flowfusion")]);
    const plugins = { providers: [{ name: "flowfusion", path: "node_modules/@flowfusion/provider/bin" }] };
    const pulumi = await stack("named", { runtime, plugins }, gateway);
    const planned = /digest *: "(sha256:[0-9a-f]{64})"/.exec(await pulumi(["preview"]))?.[1];
    await pulumi(["up", "--yes", "--skip-preview"]);
    expect(await gateway.client.getFlow(parseFlowName("boiler"))).toMatchObject({ artefact: planned });
    expect(planned).toBeDefined();
    await pulumi(["destroy", "--yes", "--skip-preview"]);
    expect(await gateway.client.getFlow(parseFlowName("boiler"))).toBeUndefined();
  });

  test("finds the provider on the PATH of an npm script, without a line in Pulumi.yaml", async () => {
    await using gateway = await GatewayProcess.startFrom([installed("flowfusion")]);
    const pulumi = await stack("found", { runtime }, gateway);
    const searchPath = `${path.join(project, "node_modules/.bin")}${path.delimiter}${process.env.PATH}`;
    await pulumi(["up", "--yes", "--skip-preview"], { PATH: searchPath });
    expect(await gateway.client.getFlow(parseFlowName("boiler"))).toMatchObject({ generation: 1 });
  });
});
