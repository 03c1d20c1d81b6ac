// A flow node by node, switched on and off while updates come, against the real data plane; and its dead letters.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { TraceStep } from "@flowfusion/client";
import type { NodeModule } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { counterNode, hostileNode, misdeeds, poison, poisonOf } from "./dataplane/testkit/wat-nodes.ts";
import { boiler, LiveGateway } from "./testkit/live-gateway.ts";

const builtins = await builtinCatalog();

let live: LiveGateway;
beforeEach(async () => {
  live = await LiveGateway.start();
});
afterEach(() => live[Symbol.asyncDispose]());

const values = () => live.receiver.valuesFrom(boiler);

/** Deploys a flow of one node between input and sink, and uploads all its modules. */
async function begin(type: string, ...modules: readonly NodeModule[]): Promise<void> {
  const artefact = await live.upload(live.flow({ type }), ...modules);
  await live.client.deployFlow(boiler, { artefact, expected: "absent" });
  const used = ["tag_input", "nng"].map((name) => builtins.get(name)!);
  await live.client.uploadModules([...used, ...modules]);
}

const line = ({ depth, node, input, message, emissions, trap }: TraceStep): string =>
  `${depth} ${node}.${input}=${String(message?.value)} → ${trap ?? emissions.map((one) => `${one.output}=${String(one.message.value)}`).join(" ")}`;

describe("development mode", () => {
  test("traces each message node by node, with time and fuel, and keeps the state both ways", async () => {
    await begin("counter", counterNode());
    live.pushValues(10, 20);
    await eventually(() => expect(values()).toEqual([1, 2]));
    const began = await live.client.startDevelopment(boiler, { forMs: 60_000 });
    expect(began).toMatchObject({ mode: "development", endsAt: expect.any(String), traced: 0 });
    live.pushValues(30);
    await eventually(() => expect(values()).toEqual([1, 2, 3]));
    const { items } = await live.client.trace(boiler);
    expect(items.map(line)).toEqual(["0 in.source=30 → out=30", "1 node.in=30 → out=3", "2 out.in=3 → sink=3"]);
    for (const { ns, fuel, type } of items) expect([type, ns > 0, fuel > 0]).toEqual([type, true, true]);
    expect(await live.client.endDevelopment(boiler)).toMatchObject({ mode: "fused", traced: 3 });
    live.pushValues(40);
    await eventually(() => expect(values()).toEqual([1, 2, 3, 4]));
    expect((await live.client.development(boiler)).traced).toBe(3);
    expect(await live.client.stats(boiler)).toMatchObject({ messagesIn: 4, messagesOut: 4, mode: "fused", traps: 0 });
    expect((await live.client.stats(boiler)).nodes).toMatchObject([
      { node: "in", messagesIn: 4 },
      { node: "node", messagesIn: 4 },
      { node: "out", messagesIn: 4 },
    ]);
  });

  test("switched again and again under load loses, doubles and reorders nothing", async () => {
    await begin("counter", counterNode());
    // Beyond what makes the counter trap.
    let next = 1_000;
    for (let round = 0; round < 10; round++) {
      live.pushValues(...Array.from({ length: 50 }, () => next++));
      await (round % 2 === 0 ? live.client.startDevelopment(boiler) : live.client.endDevelopment(boiler));
      live.pushValues(...Array.from({ length: 50 }, () => next++));
    }
    await eventually(() => expect(values()).toHaveLength(1_000));
    expect(values()).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });

  test("ends by itself", async () => {
    await begin("counter", counterNode());
    await live.client.startDevelopment(boiler, { forMs: 1_000 });
    await eventually(async () => expect((await live.client.development(boiler)).mode).toBe("fused"));
  });

  test("can be followed while it happens", async () => {
    await begin("counter", counterNode());
    await live.client.startDevelopment(boiler);
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const step of live.client.followTrace(boiler, 0, { signal: stop.signal })) {
        seen.push(line(step));
        if (seen.length === 6) stop.abort();
      }
    })();
    live.pushValues(7);
    await eventually(() => expect(seen).toHaveLength(3));
    live.pushValues(8);
    await following;
    expect(seen.slice(3)).toEqual(["0 in.source=8 → out=8", "1 node.in=8 → out=2", "2 out.in=2 → sink=2"]);
  });

  test.each(
    misdeeds.filter(({ title }) => !title.includes("outbox")).map((misdeed) => [misdeed.title, misdeed] as const),
  )("survives a node that %s, and names it", async (_, misdeed) => {
    await begin("hostile", hostileNode);
    await live.client.startDevelopment(boiler);
    live.pushValues(1, poisonOf(misdeed), 2);
    await eventually(() => expect(values()).toEqual([1, 2]));
    const { items } = await live.client.trace(boiler);
    const trapped = items.filter(({ trap }) => trap !== undefined);
    expect(trapped).toMatchObject([{ node: "node", input: "in", message: { value: poisonOf(misdeed) } }]);
    expect((await live.client.deadLetters(boiler)).items).toMatchObject([{ node: "node", port: "in", input: "in" }]);
  });

  test("is refused with the modules that are missing, and begins once they are uploaded", async () => {
    const artefact = await live.upload(live.flow({ type: "counter" }), counterNode());
    await live.client.deployFlow(boiler, { artefact, expected: "absent" });
    await live.client.uploadModules([counterNode()]);
    await expect(live.client.startDevelopment(boiler)).rejects.toMatchObject({
      ...{ code: "FF_DEVELOPMENT_MODULES", status: 409 },
      diagnostics: [{ path: "nodes.in" }, { path: "nodes.out" }],
    });
    expect((await live.client.stats(boiler)).mode).toBe("fused");
    await live.client.uploadModules(["tag_input", "nng"].map((name) => builtins.get(name)!));
    expect(await live.client.startDevelopment(boiler)).toMatchObject({ mode: "development" });
    expect(await readdir(join(live.dataDir, "modules"))).toHaveLength(3);
  });

  test("may be asked for with the deploy, and ends with the next that does not", async () => {
    await live.client.uploadModules([counterNode(), ...["tag_input", "nng"].map((name) => builtins.get(name)!)]);
    const artefact = await live.upload(live.flow({ type: "counter" }), counterNode());
    await live.client.deployFlow(boiler, { artefact, expected: "absent", options: { development: true } });
    expect((await live.client.stats(boiler)).mode).toBe("development");
    live.pushValues(1, 2);
    await eventually(() => expect(values()).toEqual([1, 2]));
    await live.client.deployFlow(boiler, { artefact, expected: 1 });
    expect((await live.client.stats(boiler)).mode).toBe("fused");
    live.pushValues(3);
    await eventually(() => expect(values()).toEqual([1, 2, 3]));
  });

  test("takes only modules that are what their digest says, and that could be nodes", async () => {
    const { digest, wasm } = counterNode();
    const put = (url: string, body: Uint8Array) =>
      live.request("PUT", url, { body: Uint8Array.from(body) }, "application/wasm").then((answer) => answer.json());
    expect(await put(`/v1/modules/${digest}`, wasm.slice(0, -1))).toMatchObject({ code: "FF_API_DIGEST_MISMATCH" });
    const { wasm: flow, digest: flowDigest } = await live.program(live.flow({ type: "scale" }));
    expect(await put(`/v1/modules/${flowDigest}`, flow)).toMatchObject({ code: expect.stringMatching(/^FF_MODULE_/) });
    expect(await put(`/v1/modules/${digest}`, wasm)).toMatchObject({ digest, type: "counter" });
  });
});

describe("dead letters", () => {
  test("show the message, its node and cause; are replayed when the fault is mended, or thrown away", async () => {
    const trapping = live.flow({ type: "counter" });
    await begin("counter", counterNode());
    live.pushValues(poison, 5, poison);
    await eventually(async () => expect((await live.client.stats(boiler)).deadLetters).toBe(2));
    const first = await live.client.deadLetters(boiler, { limit: 1 });
    expect(first).toMatchObject({
      items: [{ id: 1, node: "node", port: "in", input: "in", cause: "trap" }],
      next: "1",
    });
    expect(first.items[0]?.message).toMatchObject({ topic: "n", quality: "good", value: poison });
    const second = await live.client.deadLetters(boiler, { after: first.next! });
    expect(second.items.map(({ id }) => id)).toEqual([2]);
    expect(second.next).toBeUndefined();

    expect(await live.client.replayDeadLetters(boiler, [1, 9])).toEqual({
      ...{ replayed: 1, deadAgain: 1 },
      refused: [{ id: 9, why: "there is no such dead letter" }],
    });
    expect((await live.client.deadLetters(boiler)).items.map(({ id }) => id)).toEqual([2, 3]);

    const mended = await live.upload({ ...trapping, nodes: { ...trapping.nodes, node: { type: "scale" } } });
    await live.client.deployFlow(boiler, { artefact: mended, expected: 1 });
    live.receiver.clear();
    expect(await live.client.replayDeadLetters(boiler, [2])).toMatchObject({ replayed: 1, deadAgain: 0, refused: [] });
    await eventually(() => expect(values()).toEqual([poison]));
    expect(await live.client.discardDeadLetters(boiler)).toBe(1);
    expect((await live.client.stats(boiler)).deadLettersKept).toBe(0);
  });

  test("whose input is gone are refused, and stay", async () => {
    await begin("counter", counterNode());
    live.pushValues(poison);
    await eventually(async () => expect((await live.client.stats(boiler)).deadLetters).toBe(1));
    const renamed = {
      nodes: { ...live.flow({ type: "scale" }).nodes, entry: { type: "tag_input", props: { tags: ["#"] } } },
      wires: ["entry.out -> node.in", "node.out -> out.in"],
    };
    const { in: gone, ...nodes } = renamed.nodes as Record<string, { type: string }>;
    expect(gone).toBeDefined();
    await live.client.deployFlow(boiler, { artefact: await live.upload({ ...renamed, nodes }), expected: 1 });
    const report = await live.client.replayDeadLetters(boiler);
    expect(report).toEqual({
      replayed: 0,
      deadAgain: 0,
      refused: [{ id: 1, why: "the flow has no input in any more" }],
    });
    expect((await live.client.deadLetters(boiler)).items).toHaveLength(1);
  });
});
