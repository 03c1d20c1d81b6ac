// Holds the documents to the repository: links lead somewhere, codes and files exist, examples compile and run.

import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { controlBlock } from "../fusion/glue/layout.ts";
import { loadModule, ReferenceFlow } from "../fusion/index.ts";
import { decodeMessage, encodeMessage, errorRegistry, parseGraph, resolveGraph } from "../graph/index.ts";
import { buildNode } from "../nodekit/assemblyscript/index.ts";
import { builtinCatalog } from "../nodes/index.ts";

const root = path.dirname(import.meta.dirname);
const run = promisify(execFile);

interface Document {
  /** From the root. */
  readonly file: string;
  readonly text: string;
}

const documents: readonly Document[] = [...markdownIn("."), ...markdownIn("docs", true)];

function markdownIn(folder: string, recursive = false): Document[] {
  return readdirSync(path.join(root, folder), { recursive, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.join(folder, file))
    .map((file) => ({ file, text: readFileSync(path.join(root, file), "utf8") }));
}

/** The text without code blocks, whose brackets and paths mean something else. */
const prose = ({ text }: Document): string => text.replaceAll(/^```[\s\S]*?^```/gm, "");

function blocks(file: string, language: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, code]) => code!);
}

/** As a forge makes the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

function anchorsIn(file: string): string[] {
  const text = prose({ file, text: readFileSync(file, "utf8") });
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
}

describe.each(documents)("$file", (document) => {
  test("has no link into the repository that leads nowhere", () => {
    const links = [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const broken = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [target = "", anchor] = link.split("#");
        const here = path.join(root, document.file);
        const file = target === "" ? here : path.resolve(path.dirname(here), target);
        return !existsSync(file) || (anchor !== undefined && !anchorsIn(file).includes(anchor));
      });
    expect(broken).toEqual([]);
  });

  test("names no error code that is not in the registry", () => {
    const codes = [...document.text.matchAll(/\bFF_[A-Z]+_[A-Z0-9_]*[A-Z0-9]\b/g)].map(([code]) => code);
    expect(codes.filter((code) => !Object.hasOwn(errorRegistry, code))).toEqual([]);
  });

  test("names no file of the repository that is not there", () => {
    const folders = readdirSync(root, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules",
    );
    const isOurs = (name: string) => folders.some((folder) => name.startsWith(`${folder.name}/`));
    const named = [...prose(document).matchAll(/`([^`\s]+)`/g)].map(([, name]) => name!);
    const paths = named.filter((name) => isOurs(name) && !/[<{*]|\/dist\b/.test(name));
    expect(paths.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });
});

describe("screens", () => {
  /** Documents whose commands are run one after the other; the text behind a block of commands is what they print. */
  const isFollowed = (file: string) =>
    /^docs\/guides\/(quickstart|first-node-\w+|modbus|opcua|mqtt|replay|sinks|from-node-red|structure-a-program|other-engines)\.md$|^examples\//.test(
      file,
    );
  const examples = readdirSync(path.join(root, "examples")).map((folder) => path.join("examples", folder));
  const shown = [
    ...documents.filter(({ file }) => file === "README.md" || /^docs\/(guides|operations)\//.test(file)),
    ...examples
      .filter((folder) => existsSync(path.join(root, folder, "README.md")))
      .flatMap((folder) => markdownIn(folder)),
  ];
  const tests = readdirSync(path.join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(path.join(root, "test", file), "utf8"));

  test.each(shown)(
    "of $file come from real runs: each is held by a test, or follows commands that are run",
    ({ file, text }) => {
      const fences = [...text.matchAll(/(?:^<!-- (.+) -->\n)?^```(\w*)\n[\s\S]*?^```$/gm)];
      const loose = fences.flatMap(([block, comment = "", language], index) => {
        if (language !== "text" && language !== "") return [];
        const screen = /^screen: (\S+)$/.exec(comment)?.[1];
        const isHeld = tests.some((test) => test.includes(`"${file}"`) && test.includes(`"${screen}"`));
        if (screen !== undefined ? isHeld : /^(drawing|formula)$/.test(comment)) return [];
        const isBehindCommands = /^(sh|python|shell|text)$/.test(fences[index - 1]?.[2] ?? "");
        return screen === undefined && isFollowed(file) && isBehindCommands ? [] : [block];
      });
      expect(loose).toEqual([]);
    },
  );
});

describe.each(["docs/operations/failure-modes.md", "docs/architecture/security.md"])("the tables of %s", (file) => {
  const rows = tableRows(readFileSync(path.join(root, file), "utf8"));

  test("name in each row a test that holds it, or say that there is none and why", () => {
    const isHeld = ({ cells }: Row) => {
      const named = [...cells.at(-1)!.matchAll(/[\w/.-]+\.test\.ts/g)].map(([name]) => name);
      const exists = (name: string) =>
        existsSync(path.resolve(root, name.startsWith(".") ? path.dirname(file) : "", name));
      return named.length > 0 ? named.every(exists) : /^no test: .{10}/.test(cells.at(-1)!);
    };
    expect(rows.filter((row) => !isHeld(row)).map(({ cells }) => cells[0])).toEqual([]);
    expect(rows.length).toBeGreaterThan(40);
  });

  test("have in each row as many cells as in their head", () => {
    expect(rows.filter(({ cells, head }) => cells.length !== head.length).map(({ cells }) => cells[0])).toEqual([]);
  });
});

interface Row {
  readonly cells: readonly string[];
  readonly head: readonly string[];
}

function tableRows(text: string): Row[] {
  const cellsOf = (line: string) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
  return [...text.matchAll(/^(\|.*\|)\n\|[-|]+\|\n((?:\|.*\|\n)*)/gm)].flatMap(([, head, body]) =>
    body!
      .trimEnd()
      .split("\n")
      .map((line) => ({ cells: cellsOf(line), head: cellsOf(head!) })),
  );
}

test("the programs in README.md compile against the SDK", async () => {
  const programs = blocks("README.md", "ts");
  await mkdir(path.join(root, ".flowfusion"), { recursive: true });
  // Inside the repository, so that packages resolve to it.
  const folder = await mkdtemp(path.join(root, ".flowfusion", "readme-"));
  try {
    await writeFile(path.join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(
      path.join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.json", include: ["*.ts"], exclude: [] }),
    );
    for (const [index, program] of programs.entries()) {
      await writeFile(path.join(folder, `program-${index}.ts`), program);
    }
    const tsc = run(path.join(root, "node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"]);
    await expect(
      tsc.then(
        () => "compiles",
        ({ stdout }: { stdout: string }) => stdout,
      ),
    ).resolves.toBe("compiles");
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(programs.length).toBeGreaterThan(0);
});

test("the quickstart names the Pulumi CLI that the set-up builds", () => {
  const version = /pulumiCliVersion = "([^"]+)"/.exec(readFileSync(path.join(root, "tools/pulumi/version.ts"), "utf8"));
  const guide = readFileSync(path.join(root, "docs/guides/quickstart.md"), "utf8");
  expect(guide).toContain(`/pulumi/${version![1]}/bin`);
});

test("the control block is described as it is", () => {
  const { address: _, sizeBytes: __, ...fields } = controlBlock;
  const text = readFileSync(path.join(root, "docs/architecture/flow-wasm.md"), "utf8");
  for (const [field, offset] of Object.entries(fields)) expect(text).toContain(`| ${offset} | \`${field}\` |`);
});

describe("the node of the contract's document", () => {
  async function buildAlarm() {
    const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-docs-"));
    try {
      const sourcePath = path.join(folder, "node.ts");
      await writeFile(sourcePath, blocks("docs/architecture/node-contract.md", "typescript")[0]!);
      const manifest = blocks("docs/architecture/node-contract.md", "json")[0]!;
      return loadModule(await buildNode({ sourcePath, manifest }));
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async function startAlarm(props: { raiseAt: number; clearBelow: number }): Promise<ReferenceFlow> {
    const alarm = await buildAlarm();
    const catalog = new Map([...(await builtinCatalog()), ["alarm", alarm] as const]);
    const graph = parseGraph({
      nodes: {
        in: { type: "tag_input", props: { tags: ["#"] } },
        alarm: { type: "alarm", props },
        raised: { type: "file", props: { path: "raised.jsonl" } },
        cleared: { type: "file", props: { path: "cleared.jsonl" } },
      },
      wires: ["in.out -> alarm.in", "alarm.raised -> raised.in", "alarm.cleared -> cleared.in"],
    });
    const flow = new ReferenceFlow(resolveGraph(graph, catalog), catalog);
    flow.configure();
    return flow;
  }

  function feed(flow: ReferenceFlow, ...values: readonly number[]): { port: number; value: unknown }[] {
    const messages = values.map((value) => encodeMessage({ topic: "t", timestampNs: 1n, quality: 0, value }));
    flow.execute(
      Buffer.concat(messages.flatMap((message) => [new Uint8Array(Uint32Array.of(0, message.length).buffer), message])),
    );
    const outbox = flow.takeOutbox();
    const view = new DataView(outbox.buffer, outbox.byteOffset);
    const frames: { port: number; value: unknown }[] = [];
    for (let at = 0; at < outbox.length; at += 8 + view.getUint32(at + 4, true)) {
      frames.push({ port: view.getUint32(at, true), value: decodeMessage(outbox, at + 8).value });
    }
    return frames;
  }

  // Nodes in order of id: alarm, cleared, in, raised; so sink 0 is `cleared`, sink 1 `raised`, and the log is alarm's.
  const log = 0x8000_0000;

  test("raises once, clears once and logs what raised it", async () => {
    const flow = await startAlarm({ raiseAt: 90, clearBelow: 80 });
    expect(feed(flow, 89, 90, 95, 85, 79, 85)).toEqual([
      { port: log, value: 90 },
      { port: 1, value: 90 },
      { port: 0, value: 79 },
    ]);
  });

  test("keeps its state over a hand-over", async () => {
    const before = await startAlarm({ raiseAt: 90, clearBelow: 80 });
    feed(before, 91);
    const after = await startAlarm({ raiseAt: 90, clearBelow: 85 });
    after.loadState(before.saveState());
    expect(feed(after, 92, 84)).toEqual([{ port: 0, value: 84 }]);
  });

  test("refuses properties that contradict each other, in its own words", async () => {
    await expect(startAlarm({ raiseAt: 80, clearBelow: 90 })).rejects.toMatchObject({
      code: "FF_FLOW_CONFIGURE",
      message: "alarm: clearBelow must not be above raiseAt",
    });
  });
});
