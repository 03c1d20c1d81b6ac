// The commands that need no gateway, as processes: what they print, and with which exit code they end.

import { execFile, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { messageJson } from "@flowfusion/graph";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const main = path.join(import.meta.dirname, "../dist/main.mjs");

let folder = "";
const file = (name: string) => path.join(folder, name);

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function flowfusion(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: folder }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
    });
  });
}

const graph = (expression: string) => ({
  nodes: {
    temps: { type: "tag_input", props: { tags: ["boiler/+"] } },
    hot: { type: "filter", props: { expression } },
    alarms: { type: "file", props: { path: "alarms.jsonl" } },
  },
  wires: ["temps.out -> hot.in", "hot.pass -> alarms.in"],
});

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "flowfusion-cli-"));
  await writeFile(file("now.json"), JSON.stringify(graph("value > 90.0")));
  await writeFile(file("next.json"), JSON.stringify(graph("value > 95.0 && quality == good")));
  await writeFile(file("wrong.json"), JSON.stringify(graph("value >\n  hot")));
  const readings = [91, 96, 50, 99].map((value, index) => ({
    topic: index === 3 ? "pump" : "boiler/1",
    timestampNs: BigInt(index) * 1_000_000_000n,
    quality: 0 as const,
    value,
  }));
  await writeFile(file("day.jsonl"), readings.map((reading) => `${messageJson(reading)}\n`).join(""));
});
afterAll(() => rm(folder, { recursive: true }));

describe("wrong input is told in one line", () => {
  it.each([
    [
      ["gateway", "restore", "none", "--data", "data"],
      1,
      "none: cannot be read: ENOENT: no such file or directory [FF_CLI_FILE]",
    ],
    [
      ["gateway", "restore", ".", "--data", "data"],
      1,
      ".: cannot be read: EISDIR: illegal operation on a directory [FF_CLI_FILE]",
    ],
    [
      ["gateway", "--config", "none.json"],
      1,
      "none.json cannot be read: ENOENT: no such file or directory [FF_CONFIG_INVALID]",
    ],
    [
      ["driver", "list", "--token", "t", "--ca", "none.pem"],
      1,
      "none.pem: cannot be read: ENOENT: no such file or directory [FF_CLI_FILE]",
    ],
    [
      ["trace", "now.json"],
      2,
      "now.json is a graph: give the recording that is to run through it with --input. See flowfusion trace --help.",
    ],
    [["trace", "boiler", "--limit", "0"], 2, "--limit 0: 1 or more expected. See flowfusion trace --help."],
    [
      ["trace", "boiler", "--token", "t", "--for", "5"],
      2,
      "--for 5: 1000 to 86400000 expected. See flowfusion trace --help.",
    ],
    [["top", "--interval", "0"], 2, "--interval 0: 1 to 3600 expected. See flowfusion top --help."],
    [
      ["gateway", "token", "create", "ci", "--role", "viewer", "--token", "t", "--expires", "90"],
      2,
      "--expires 90: 12h, 90d, 4w or a date expected. See flowfusion gateway token create --help.",
    ],
    [["fuse", "day.jsonl"], 1, /^day\.jsonl: is no JSON: .* \[FF_CLI_FILE\]$/],
    [
      ["gateway", "--health-gate", "-1"],
      2,
      /^--health-gate: a value expected, one that begins with a dash as --health-gate=-….* See flowfusion gateway --help\.$/,
    ],
  ] as const)("%j", async (args, code, says) => {
    const { err, ...outcome } = await flowfusion(...args);
    expect(outcome).toEqual({ code, out: "" });
    const [line, ...rest] = err.split("\n");
    expect(rest).toEqual([""]);
    expect(line!.slice(line!.indexOf(": ") + 2)).toEqual(typeof says === "string" ? says : expect.stringMatching(says));
  });

  it("and what is to be written over a folder leaves no draft behind", async () => {
    await mkdir(file("folder"));
    expect(await flowfusion("fuse", "now.json", "--output", "folder")).toMatchObject({ code: 1 });
    expect((await readdir(folder)).filter((name) => name.startsWith("folder"))).toEqual(["folder"]);
  });
});

it("a file that is no backup is named", async () => {
  const { code, err } = await flowfusion("gateway", "restore", "day.jsonl", "--data", "data");
  expect([code, err]).toEqual([1, expect.stringMatching(/restore: day\.jsonl: .* \[FF_BACKUP_INVALID\]\n→ /)]);
});

it("output that finds no room is told in a line, with exit code 1", async (context) => {
  if (!existsSync("/dev/full")) context.skip("the system has no /dev/full");
  const full = await open("/dev/full", "w");
  const child = spawn(process.execPath, [main, "--help"], { stdio: ["ignore", full.fd, "pipe"] });
  let err = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = await once(child, "close");
  await full.close();
  expect({ code, err }).toEqual({
    code: 1,
    err: "flowfusion: the output cannot be written: ENOSPC: no space left on device\n",
  });
});

describe("a graph with problems", () => {
  it("is refused with each of them, once, and what there is instead", async () => {
    const { temps, alarms } = graph("").nodes;
    const nodes = { temps, hot: { type: "filter", props: { expr: "value > 90.0" } }, alarms };
    await writeFile(file("problems.json"), JSON.stringify({ ...graph(""), nodes }));
    expect(await flowfusion("fuse", "problems.json")).toEqual({
      code: 1,
      out: "",
      err: `flowfusion fuse: problems.json: The graph has 3 problems [FF_GRAPH_INVALID]:
  nodes.hot.props.op: is missing [FF_GRAPH_PROPERTY]
  nodes.hot.props.value: is missing [FF_GRAPH_PROPERTY]
  nodes.hot.props.expr: no property of that name is known; there are op, value, expression [FF_GRAPH_PROPERTY]
`,
    });
  });
});

describe("simulate", () => {
  it("prints emissions, and what nodes and sinks counted", async () => {
    const { code, out } = await flowfusion("simulate", "now.json", "--input", "day.jsonl", "--emissions", "1");
    expect(code).toBe(0);
    // How much fuel a node uses changes with every compiler.
    expect(
      out.replaceAll(/ +\d+(?=\n {2}temps)|\d+(?= fuel)/g, (text) => (text.startsWith(" ") ? " …" : "…")).split("\n"),
    ).toEqual([
      "Emissions (the first 1)",
      '  alarms  {"topic":"boiler/1","timestamp":"1970-01-01T00:00:00.000000000Z","quality":"good","value":91}',
      "Nodes",
      "  node    type       in  out             fuel",
      "  alarms  file        2                     0",
      "  hot     filter      3  pass 2, fail 1 …",
      "  temps   tag_input   3  out 3              0",
      "Sinks",
      "  sink    type  messages",
      "  alarms  file         2",
      "4 readings, 1 of them for no input; 0 lines logged; … fuel used in all",
      "",
    ]);
  });

  it("compares two graphs, the other being what there was before", async () => {
    const args = ["simulate", "next.json", "--against", "now.json", "--input", "day.jsonl"];
    const { code, out } = await flowfusion(...args);
    expect(code).toBe(0);
    expect(out.split("\n").slice(0, 5)).toEqual([
      "Sinks",
      "  sink    before  after",
      "  alarms       2      1  differs at emission 1",
      "First difference at alarms",
      '  before  {"topic":"boiler/1","timestamp":"1970-01-01T00:00:00.000000000Z","quality":"good","value":91}',
    ]);
    const document = JSON.parse((await flowfusion(...args, "--json")).out);
    expect(document).toMatchObject({
      isEqual: false,
      sinks: [
        { id: "alarms", before: 2, after: 1, difference: { index: 0, before: { value: 91 }, after: { value: 96 } } },
      ],
      before: { readings: 4 },
      after: {
        readings: 4,
        nodes: [{ id: "alarms" }, { id: "hot", messagesOut: { pass: 1, fail: 2 } }, { id: "temps" }],
      },
    });
  });

  it.each([
    [["simulate", "now.json"], 2, "--input RECORDING is missing"],
    [["simulate", "--input", "day.jsonl"], 2, "GRAPH.json is missing"],
    [["simulate", "now.json", "--input", "day.jsonl", "--emissions", "-1"], 2, "a value expected"],
    [["simulate", "now.json", "--input", "day.jsonl", "--emissions", "few"], 2, "--emissions few: a number expected"],
    [["simulate", "now.json", "--input", "day.jsonl", "--exit-code"], 2, "--exit-code needs --against"],
    [
      ["simulate", "now.json", "--input", "day.jsonl", "--against", "next.json", "--emissions", "3"],
      2,
      "--emissions is for a flow without --against",
    ],
    [["simulate", "now.json", "--input", "none.jsonl"], 1, "none.jsonl: cannot be read: ENOENT"],
    [["simulate", "now.json", "--input", "day.jsonl", "--against", "wrong.json"], 1, "wrong.json: "],
    [
      ["fuse", "now.json", "-o", "nowhere/flow.wasm"],
      1,
      "nowhere/flow.wasm: cannot be written: ENOENT: no such file or directory [",
    ],
    [["fuse", "wrong.json"], 1, "wrong.json: "],
    [["fuse", "now.json", "--wat", "--explain"], 2, "--explain and --wat cannot go together"],
    [["fuse", "now.json", "--glue", "--json"], 2, "--glue prints WebAssembly text; it has no --json"],
    [["simulate", "now.json", "--input", "now.json"], 1, "now.json:1: `topic` is a text [FF_RECORDING_INVALID]"],
    [
      ["simulate", "wrong.json", "--input", "day.jsonl"],
      1,
      "nodes.hot.props.expression: line 2, column 3: there is no `hot` [FF_EXPR_UNKNOWN]",
    ],
  ])("%j ends with %i", async (args, code, words) => {
    const outcome = await flowfusion(...args);
    expect(outcome).toMatchObject({ code, out: "" });
    expect(outcome.err).toContain(words);
  });
});

describe("simulate --against --exit-code", () => {
  it.each([
    ["next.json", 1],
    ["now.json", 0],
  ])("now.json against %s ends with %i", async (against, code) => {
    const args = ["simulate", "now.json", "--against", against, "--input", "day.jsonl", "--exit-code"];
    expect(await flowfusion(...args)).toMatchObject({ code, err: "" });
  });
});

describe("trace", () => {
  it("follows readings node by node", async () => {
    const { code, out } = await flowfusion("trace", "now.json", "--input", "day.jsonl", "--limit", "1");
    expect(code).toBe(0);
    const message = '{"topic":"boiler/1","timestamp":"1970-01-01T00:00:00.000000000Z","quality":"good","value":91}';
    expect(out.replaceAll(/\d+ (ns|fuel)/g, "… $1").split("\n")).toEqual([
      `1. ${message}`,
      "  temps.source (tag_input, … ns, … fuel)",
      `    out: ${message}`,
      "    hot.in (filter, … ns, … fuel)",
      `      pass: ${message}`,
      "      alarms.in (file, … ns, … fuel)",
      `        sink: ${message}`,
      "",
    ]);
  });

  it("counts the readings that the flow takes, and says how many others there are", async () => {
    const lines = (await readFile(file("day.jsonl"), "utf8")).trim().split("\n").toReversed();
    await writeFile(file("backwards.jsonl"), `${lines.join("\n")}\n`);
    const follow = (...more: string[]) =>
      flowfusion("trace", "now.json", "--input", "backwards.jsonl", "--json", ...more);
    const readings = ({ out }: { readonly out: string }) => [
      ...new Set(
        out
          .trim()
          .split("\n")
          .map((line) => (JSON.parse(line) as { reading: number }).reading),
      ),
    ];
    const [first, all] = [await follow("--limit", "1"), await follow()];
    expect([readings(first), first.err]).toEqual([[2], ""]);
    expect([readings(all), all.err]).toEqual([[2, 3, 4], "1 of 4 readings are for no input.\n"]);
  });

  it("prints a JSON document for each step", async () => {
    const { out } = await flowfusion("trace", "now.json", "--input", "day.jsonl", "--json");
    const steps = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(steps.map(({ reading, node }) => `${reading} ${node}`)).toEqual([
      ...["1 temps", "1 hot", "1 alarms", "2 temps", "2 hot", "2 alarms", "3 temps", "3 hot"],
    ]);
  });
});

describe("fuse", () => {
  it("explains what it linked, and writes the same as without", async () => {
    const explained = await flowfusion("fuse", "now.json", "-o", "a.wasm", "--explain");
    expect(explained.code).toBe(0);
    for (const words of ["Nodes, in bytes", "temps.out -> hot.in", "optimised", "link "])
      expect(explained.out).toContain(words);
    await flowfusion("fuse", "now.json", "-o", "b.wasm");
    expect(await readFile(file("a.wasm"))).toEqual(await readFile(file("b.wasm")));
    const document = JSON.parse((await flowfusion("fuse", "now.json", "--explain", "--json")).out);
    expect(document).toMatchObject({
      sizeBytes: (await readFile(file("a.wasm"))).length,
      nodes: [{ id: "alarms" }, {}, {}],
    });
  });

  it("prints the module as text", async () => {
    const { code, out } = await flowfusion("fuse", "now.json", "--wat");
    expect(code).toBe(0);
    expect(out).toMatch(/^\(module\n/);
  });
});

describe("node pack", () => {
  it("says of a manifest that is not valid to correct it, not to pack it again", async () => {
    await writeFile(file("node.wasm"), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    await writeFile(file("manifest.json"), "{}");
    const { code, err } = await flowfusion("node", "pack", "node.wasm", "--manifest", "manifest.json");
    expect([code, err]).toEqual([1, expect.stringMatching(/FF_MODULE_MANIFEST[\s\S]*\n→ Correct the parts/)]);
  });
});

describe("release", () => {
  it("signs and verifies, for programs with --json", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    await writeFile(file("key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    await writeFile(file("pub.pem"), publicKey.export({ type: "spki", format: "pem" }));
    await flowfusion("fuse", "now.json", "-o", "r.wasm");
    const signing = ["r.wasm", "--flow", "boiler", "--release", "3", "--key", "key.pem", "--json"];
    const signed = JSON.parse((await flowfusion("release", "sign", ...signing)).out);
    expect(signed).toMatchObject({ flow: "boiler", number: 3, bundle: "r.wasm.bundle" });
    const { out } = await flowfusion("release", "verify", "r.wasm", "--publisher", "pub.pem", "--json");
    expect(JSON.parse(out)).toMatchObject({ flow: "boiler", number: 3, artefact: signed.artefact });
  });

  it.each([
    ["null", null],
    ["no signatures", {}],
    ["a signature that is none", { signatures: [null] }],
    ["an empty signature", { signatures: [{}] }],
    ["a signature without a key", { signatures: [{ sig: "" }] }],
    ["a signature that is no text", { signatures: [{ keyid: "k", sig: 7 }] }],
  ])("says of a bundle with %s that it is none", async (_what, members) => {
    const { publicKey } = generateKeyPairSync("ed25519");
    await writeFile(file("any.pem"), publicKey.export({ type: "spki", format: "pem" }));
    const bundle = members && { payloadType: "application/vnd.in-toto+json", payload: "e30=", ...members };
    await writeFile(file("bad.bundle"), JSON.stringify(bundle));
    const verifying = ["now.json", "--publisher", "any.pem", "--bundle", "bad.bundle", "--json"];
    const { code, out, err } = await flowfusion("release", "verify", ...verifying);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(JSON.parse(err)).toMatchObject({
      error: { code: "FF_RELEASE_UNTRUSTED", message: "bad.bundle is no bundle: a DSSE envelope is expected" },
    });
  });

  it("says of a bundle that it is of another file, for programs with --json", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    await writeFile(file("other.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
    await writeFile(file("other.pub"), publicKey.export({ type: "spki", format: "pem" }));
    await flowfusion("fuse", "now.json", "-o", "signed.wasm");
    await flowfusion("release", "sign", "signed.wasm", "--flow", "boiler", "--release", "3", "--key", "other.key");
    const verifying = ["next.json", "--publisher", "other.pub", "--bundle", "signed.wasm.bundle", "--json"];
    const { code, out, err } = await flowfusion("release", "verify", ...verifying);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(JSON.parse(err)).toMatchObject({
      error: {
        code: "FF_RELEASE_UNTRUSTED",
        message: expect.stringMatching(/^the bundle is of sha256:\w{64}, next\.json is sha256:\w{64}$/),
      },
    });
  });

  it("names the file that is no key, and the one that is no module", async () => {
    await flowfusion("fuse", "now.json", "-o", "r.wasm");
    const sign = async (wasm: string) =>
      (await flowfusion("release", "sign", wasm, "--flow", "boiler", "--release", "3", "--key", "now.json")).err;
    expect(await sign("r.wasm")).toMatch(/^flowfusion release sign: now\.json: .* \[FF_RELEASE_KEY\]\n/);
    expect(await sign("day.jsonl")).toMatch(/^flowfusion release sign: day\.jsonl: .* \[FF_MODULE_MALFORMED\]/);
  });
});

describe("gateway", () => {
  it("restores into no folder that has no name, and leaves the one where it stands alone", async () => {
    const before = await readdir(folder);
    const { code, out, err } = await flowfusion("gateway", "restore", "day.jsonl", "--data", "");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^flowfusion gateway restore: --data: a folder expected\.[^\n]*\n$/);
    expect(await readdir(folder)).toEqual(before);
  });

  it.each([
    ["/proc/data", "FF_STORE_WRITE"],
    ["now.json", "FF_STORE_WRITE"],
    ["", "--data: a folder expected"],
  ])("ends with the reason where its data folder cannot be one: %s", async (folder, why) => {
    const { code, out, err } = await flowfusion("gateway", "--http", "127.0.0.1:0", "--data", folder);
    expect({ code, out }).toEqual({ code: why.startsWith("FF_") ? 1 : 2, out: "" });
    expect(err).toContain(why);
    expect(err).toMatch(/^[^\n]+\n(→ [^\n]+\n)?$/);
  });
});
