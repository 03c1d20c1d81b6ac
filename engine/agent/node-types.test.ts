import { GatewayClient } from "@flowfusion/client";
import { passOn, watNode } from "@flowfusion/fusion/testkit";
import { sha256 } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { expect, test } from "vitest";
import { startTestGateway, TEST_TOKEN, type TestGateway } from "../testkit/test-gateway.ts";

const builtIns = await builtinCatalog();
const memory = `(memory (export "memory") 2)`;
const [first, second] = [memory + passOn(), memory + passOn("(nop)")].map((fields) => watNode("press", fields));
const start = () => startTestGateway({ builtInNodes: builtinCatalog });
const clientOf = ({ gateway }: TestGateway) => new GatewayClient({ endpoint: gateway.url, token: TEST_TOKEN });

test("lists the built-in node types by name, page by page, as their modules describe them", async () => {
  await using peer = await start();
  const client = clientOf(peer);
  const { items, next } = await client.listNodeTypes({ limit: 3 });
  expect(items.map(({ name }) => name)).toEqual([...builtIns.keys()].sort().slice(0, 3));
  expect(next).toBe(items[2]!.name);

  const all = await client.nodeTypes();
  expect(all.map(({ name }) => name)).toEqual([...builtIns.keys()].sort());
  const { manifest, digest, wasm } = builtIns.get("filter")!;
  const filter = { name: "filter", source: "built-in", module: digest, sizeBytes: wasm.length, manifest };
  expect(all.find(({ name }) => name === "filter")).toEqual(filter);
  expect(await client.getNodeType("filter")).toEqual(filter);
  expect(await client.getNodeType("fitler")).toBeUndefined();
});

test("a module that was uploaded becomes a node type, is replaced, and is deleted, each by who has seen the one before", async () => {
  await using peer = await start();
  const client = clientOf(peer);
  await client.uploadModules([first!, second!]);
  const made = await client.putNodeType("press", { module: first!.digest, expected: "absent" });
  expect(made).toMatchObject({ source: "uploaded", module: first!.digest, uploaded: { generation: 1, by: "admin" } });
  expect((await client.nodeTypes()).map(({ name }) => name)).toContain("press");

  const again = client.putNodeType("press", { module: second!.digest, expected: "absent" });
  await expect(again).rejects.toMatchObject({ code: "FF_API_PRECONDITION_FAILED", status: 412 });
  const replaced = await client.putNodeType("press", { module: second!.digest, expected: 1 });
  expect(replaced).toMatchObject({ module: second!.digest, uploaded: { generation: 2 } });

  await expect(client.deleteNodeType("press", { expected: 1 })).rejects.toMatchObject({ status: 412 });
  await client.deleteNodeType("press", { expected: 2 });
  expect(await client.getNodeType("press")).toBeUndefined();
  await expect(client.deleteNodeType("press", { expected: 2 })).rejects.toMatchObject({ status: 404 });

  // What an ETag of before could match never comes again.
  const anew = await client.putNodeType("press", { module: first!.digest, expected: "absent" });
  expect(anew.uploaded?.generation).toBe(4);
});

test("refuses a type whose module is missing, calls itself otherwise, or would hide a built-in one", async () => {
  await using peer = await start();
  const client = clientOf(peer);
  const put = (name: string) => client.putNodeType(name, { module: first!.digest, expected: "absent" });
  const refused = { code: "FF_NODE_TYPE_REFUSED", status: 422 };
  await expect(put("press")).rejects.toMatchObject({ ...refused, message: expect.stringContaining("PUT /v1/modules") });
  await client.uploadModules([first!]);
  await expect(put("squeeze")).rejects.toMatchObject({ ...refused, message: expect.stringContaining("press") });
  await expect(put("filter")).rejects.toMatchObject({ ...refused, message: expect.stringContaining("built in") });
  expect(await client.nodeTypes()).toHaveLength(builtIns.size);
});

test("tells what a module is, or every reason why it would be refused, and stores nothing", async () => {
  await using peer = await start();
  const client = clientOf(peer);
  const { wasm, digest, manifest } = builtIns.get("agg")!;
  expect(await client.inspectModule(wasm)).toMatchObject({ kind: "node", digest, manifest, refusals: [] });
  expect(await client.inspectModule(first!.wasm)).toMatchObject({ manifest: { name: "press" }, imports: [] });

  const cut = await client.inspectModule(wasm.slice(0, 100));
  expect(cut.refusals).toMatchObject([{ code: "FF_MODULE_MALFORMED" }]);
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const { refusals } = await client.inspectModule(empty);
  expect(refusals.map(({ code }) => code)).toContain("FF_MODULE_MANIFEST");
  const stored = await peer.request("HEAD", `/v1/modules/${sha256(empty)}`);
  expect(stored.status).toBe(404);
});

test("an uploaded node type keeps its module when unused ones are swept, and comes with a backup", async () => {
  await using peer = await start();
  const client = clientOf(peer);
  await client.uploadModules([first!]);
  await client.putNodeType("press", { module: first!.digest, expected: "absent" });
  const archive = Buffer.from(await client.backup());
  expect(archive.includes(`modules/${first!.digest.slice("sha256:".length)}.wasm`)).toBe(true);
});
