import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadModule, NodeInstance } from "@flowfusion/fusion";
import { decodeMessage, encodeMessage, type Message, sha256 } from "@flowfusion/graph";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNode } from "./index.ts";

const kit = "@flowfusion/nodekit-assemblyscript/assembly";
const pass = `import { emit, Message } from "${kit}";
export function handle(port: u32, message: Message): void { emit(0, message); }`;

const manifest = (changes: object = {}) =>
  JSON.stringify({
    ...{ contract: 1, name: "probe", version: "1.0.0", doc: "A node for tests.", stateVersion: 0 },
    inputs: [{ name: "in", type: "any" }],
    outputs: [{ name: "out", type: "any" }],
    props: { type: "object" },
    ...changes,
  });

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "flowfusion-nodekit-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function build(source: string, changes?: object, file = "node.ts"): Promise<Uint8Array> {
  const sourcePath = path.join(folder, file);
  await writeFile(sourcePath, source);
  return await buildNode({ sourcePath, manifest: manifest(changes) });
}

async function start(source: string, changes?: object): Promise<NodeInstance> {
  const instance = new NodeInstance(loadModule(await build(source, changes)).wasm);
  expect(instance.configure(new Uint8Array(0))).toBeUndefined();
  return instance;
}

const reading = (value: Message["value"], topic = "t"): Message => ({ topic, timestampNs: 1n, quality: 0, value });

type Emission = [port: number, value: Message["value"], topic: string];

function send(node: NodeInstance, message: Message): Emission[] {
  return collect((onEmission) => node.handle(0, encodeMessage(message), onEmission));
}

function collect(run: (onEmission: (port: number, bytes: Uint8Array) => void) => void): Emission[] {
  const emissions: Emission[] = [];
  run((port, bytes) => {
    const { value, topic } = decodeMessage(bytes);
    emissions.push([port, value, topic]);
  });
  return emissions;
}

describe("buildNode", () => {
  it("gives the same bytes for the same source, wherever the folder is", async () => {
    const first = await build(pass);
    const elsewhere = path.join(folder, "another folder");
    await cp(path.join(folder, "node.ts"), path.join(elsewhere, "node.ts"));
    const second = await buildNode({ sourcePath: path.join(elsewhere, "node.ts"), manifest: manifest() });
    expect(sha256(second)).toBe(sha256(first));
  });

  it("gives a module without imports that fusion takes, with the manifest in it", async () => {
    expect(loadModule(await build(pass)).manifest).toEqual(JSON.parse(manifest()));
  });

  it("writes a manifest of any length", async () => {
    for (const length of [1, 100, 128, 16_384]) {
      const doc = "d".repeat(Math.min(length, 4_096));
      const description = "e".repeat(length);
      const module = loadModule(await build(pass, { doc, props: { type: "object", description } }));
      expect(module.manifest.props.description).toBe(description);
    }
  });

  it("takes a source file of any name", async () => {
    for (const file of ["entry.ts", "flow-node.ts"]) expect(await build(pass, {}, file)).toBeInstanceOf(Uint8Array);
  });

  it("finds what the node imports beside it", async () => {
    await writeFile(path.join(folder, "double.ts"), "export function double(x: f64): f64 { return 2 * x; }");
    const node = await start(`import { emit, Message } from "${kit}";
      import { double } from "./double";
      export function handle(port: u32, message: Message): void {
        message.setNumber(double(message.number));
        emit(0, message);
      }`);
    expect(send(node, reading(4))).toEqual([[0, 8, "t"]]);
  });

  const refused: [title: string, source: string, words: RegExp][] = [
    ["no handle", "export function configure(): void {}", /node\.ts exports no function handle\(port: u32, message/],
    [
      "handle that is not exported",
      "function handle(port: u32): void {}",
      /exports no function handle\(port: u32, message: Message\): void/,
    ],
    [
      "saveState alone",
      `${pass}\nexport function saveState(): void {}`,
      /exports one of saveState and loadState; a node with state needs both/,
    ],
    [
      "a type error",
      `${pass}\n\nexport function tick(nowNs: u64): void {\n  const x: string = 5;\n}`,
      /Type 'i32' is not assignable to type '.*String'[\s\S]*node\.ts\(5,21\)/,
    ],
    ["a syntax error", `${pass}\nexport function broken( {`, /ERROR TS\d+[\s\S]*node\.ts\(3,/],
    ["an unknown import", `import { x } from "./nowhere";\n${pass}`, /File '.*nowhere\.ts' not found/],
    ["a name that the kit lacks", `import { emitt } from "${kit}";\n${pass}`, /has no exported member 'emitt'/],
    [
      "a handle of another type",
      "export function handle(port: u32): void {}",
      /Expected 1 arguments, but got 2|ERROR TS\d+/,
    ],
  ];
  it.each(refused)("refuses %s and says where", async (_, source, words) => {
    await expect(build(source)).rejects.toThrow(words);
  });

  it("tells its errors last, and nothing of the kit's own code", async () => {
    const source = `${pass}\nexport const a: i32 = memory.data(8);\nconst b: f64 = "x";\nconst c: i32 = memory.data(8);`;
    const { message } = await build(source, { expressions: {} }).then(
      () => expect.fail("it compiled"),
      (error: Error) => error,
    );
    expect(message).toMatch(/^[^\n]*node\.ts does not compile:\nWARNING AS201/);
    expect(message).toMatch(/ERROR TS2322[^\n]*\n[^E]*node\.ts\(4,16\)$/);
    expect(message).not.toContain("~lib/@flowfusion");
  });

  it("names the file when it cannot be read", async () => {
    const sourcePath = path.join(folder, "missing.ts");
    await expect(buildNode({ sourcePath, manifest: manifest() })).rejects.toThrow("missing.ts");
  });
});

describe("a node built with the kit", () => {
  it("may emit 1,024 messages for one, and traps at the next", async () => {
    const node = await start(`import { emit, Message } from "${kit}";
      export function handle(port: u32, message: Message): void {
        for (let left = <u32>message.number; left > 0; left--) emit(0, message);
      }`);
    expect(send(node, reading(1024))).toHaveLength(1024);
    expect(() => send(node, reading(1025))).toThrow(WebAssembly.RuntimeError);
  });

  it("may emit on a tick and write to the log", async () => {
    const node = await start(`import { emit, log, Message, Topic } from "${kit}";
      const topic = new Topic();
      export function handle(port: u32, message: Message): void {
        topic.set(message.topicStart, message.topicLength);
        log(Message.ofText(topic, message.timestampNs, "größe seen"));
      }
      export function tick(nowNs: u64): void {
        emit(0, Message.create(topic, nowNs));
        const alive = Message.create(topic, nowNs);
        alive.setBoolean(true);
        emit(0, alive);
      }`);
    expect(send(node, reading(5, "line/1"))).toEqual([[0xffff_ffff, "größe seen", "line/1"]]);
    expect(collect((onEmission) => node.tick(5n, onEmission))).toEqual([
      [0, null, "line/1"],
      [0, true, "line/1"],
    ]);
  });

  it("keeps a state of its own, topics included", async () => {
    const source = `import { emit, Message, StateReader, StateWriter, Topic } from "${kit}";
      const last = new Topic();
      let count: u64 = 0;
      export function handle(port: u32, message: Message): void {
        count++;
        message.setNumber(<f64>count);
        emit(0, message.withTopic(last));
        last.set(message.topicStart, message.topicLength);
      }
      export function saveState(state: StateWriter): void { state.u64(count); state.topic(last); }
      export function loadState(state: StateReader): void { count = state.u64(); state.topic(last); }`;
    const first = await start(source, { stateVersion: 1 });
    const long = "t".repeat(60_000);
    expect([...send(first, reading(0, "a")), ...send(first, reading(0, long))]).toEqual([
      [0, 1, "a"],
      [0, 2, "a"],
    ]);
    const second = new NodeInstance(await build(source, { stateVersion: 1 }));
    expect(second.configure(new Uint8Array(0))).toBeUndefined();
    expect(second.loadState(first.saveState())).toBeUndefined();
    expect(send(second, reading(0, "c"))).toEqual([[0, 3, long]]);
    const damaged = first.saveState();
    new DataView(damaged.buffer).setBigUint64(8, 2n ** 32n + 1n, true);
    expect(second.loadState(damaged)).toMatch(/^the state has another length/);
  });

  it("traps when its state outgrows 3 MiB", async () => {
    const node = await start(
      `import { Message, StateReader, StateWriter } from "${kit}";
      let words: u64 = 0;
      export function handle(port: u32, message: Message): void { words = <u64>message.number; }
      export function saveState(state: StateWriter): void { for (let i: u64 = 0; i < words; i++) state.u64(i); }
      export function loadState(state: StateReader): void {}`,
      { stateVersion: 1 },
    );
    send(node, reading(393_216));
    expect(node.saveState()).toHaveLength(3_145_728);
    send(node, reading(393_217));
    expect(() => node.saveState()).toThrow(WebAssembly.RuntimeError);
  });

  it("takes messages of any size one after the other in bounded memory", async () => {
    const node = await start(pass);
    for (let round = 0; round < 50; round++) {
      for (const length of [0, 1, 10_000, 1_000_000]) {
        const text = "x".repeat(length);
        expect(send(node, reading(text))).toEqual([[0, text, "t"]]);
      }
    }
    // 1 MB in a chunk at least twice as large as the one before, which stays unused.
    expect(node.memoryBytes).toBeLessThan(4_000_000);
  });

  it("may refuse its configuration; the first reason counts", async () => {
    const wasm = await build(`import { emit, Message, Properties, reject } from "${kit}";
      export function configure(properties: Properties): void { reject("größe is wrong"); reject("second"); }
      export function handle(port: u32, message: Message): void { emit(0, message); }`);
    expect(new NodeInstance(wasm).configure(new Uint8Array(0))).toBe("größe is wrong");
  });
});
