// What became of deploys, as people ask for it on the command line of a gateway at work.

import type { Deployment } from "@flowfusion/client";
import { type Digest, parseFlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fuseDocument } from "./flows.ts";
import { type CliResult, flowfusion, GatewayProcess } from "./gateway-process.ts";

const boiler = parseFlowName("boiler");
const kiln = parseFlowName("kiln");
let gateway: GatewayProcess;
let kept: readonly Deployment[];

const deployments = (...args: readonly string[]): Promise<CliResult> =>
  flowfusion("deployments", ...args, "--gateway", gateway.url, "--token", gateway.token);

beforeAll(async () => {
  gateway = await GatewayProcess.start();
  const { wasm } = await fuseDocument({
    nodes: { in: { type: "tag_input", props: { tags: ["a"] } }, out: { type: "file", props: { path: "a.jsonl" } } },
    wires: ["in.out -> out.in"],
  });
  const { digest: artefact } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(boiler, { artefact, expected: "absent" });
  await gateway.client.deployFlow(kiln, { artefact, expected: "absent" });
  await gateway.client.deployFlow(boiler, { artefact, expected: 7 }).catch(() => {});
  kept = (await gateway.client.deployments()).items;
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe("flowfusion deployments", () => {
  test("list shows the last ones, of all flows or one, for people and for programs", async () => {
    const { code, stdout } = await deployments("list");
    expect(code).toBe(0);
    const [heading, ...lines] = stdout.trim().split("\n");
    expect(heading).toMatch(/^id +at +flow +what +generation +by +state/);
    expect(lines.map((line) => line.slice(0, 8))).toEqual(kept.map(({ id }) => id.slice(0, 8)));
    expect(lines.at(-1)).toMatch(/boiler +deploy +1 +admin, api +healthy/);
    expect(JSON.parse((await deployments("list", "--json")).stdout)).toEqual(kept);
    const ofKiln = JSON.parse((await deployments("list", "kiln", "--json")).stdout) as Deployment[];
    expect(ofKiln.map(({ flow }) => flow)).toEqual(["kiln"]);
  });

  test("show tells one event by event, by as much of its id as is needed, and waits with --follow", async () => {
    const { id, events } = kept.find(({ flow }) => flow === kiln)!;
    const shown = await deployments("show", id.slice(0, 12));
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toContain(`deploy of kiln by admin, api`);
    for (const { text } of events) expect(shown.stdout).toContain(text);
    expect(JSON.parse((await deployments("show", id, "--json")).stdout)).toMatchObject({ id, phase: "healthy" });
    const followed = (await deployments("show", id, "--follow", "--json")).stdout.trim().split("\n");
    expect(followed.map((line) => JSON.parse(line))).toEqual(events);
  });

  test("show has exit code 1 for one that another took the place of, or that the gateway's end cut off, with --follow too", async () => {
    const { artefact } = (await gateway.client.getFlow(boiler))!;
    const deployOnTrial = async () => {
      const expected = (await gateway.client.getFlow(boiler))!.generation;
      await gateway.client.deployFlow(boiler, {
        artefact,
        expected,
        wait: "swapped",
        options: { healthGateMs: 600_000 },
      });
      return (await gateway.client.deployments()).items[0]!.id;
    };
    const first = await deployOnTrial();
    expect(await deployments("show", first)).toMatchObject({ code: 0, stdout: expect.stringContaining("on_trial") });
    const following = deployments("show", first, "--follow");
    const second = await deployOnTrial();
    expect(await following).toMatchObject({ code: 1, stdout: expect.stringContaining("superseded") });
    expect(await gateway.end("SIGTERM")).toBe(0);
    await gateway.start();
    expect(await deployments("show", second)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("interrupted"),
    });
  });

  test("show says when there is no such deploy, or more than one, and both how they are used", async () => {
    expect(await deployments("show", "zzzz")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no deploy zzzz .*FF_API_NOT_FOUND/),
    });
    expect(await deployments("show", "")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("give more of the id"),
    });
    expect(await deployments("list", "a", "b")).toMatchObject({ code: 2 });
    for (const name of ["list", "show"]) {
      const { code, stdout } = await flowfusion("deployments", name, "--help");
      expect([code, stdout]).toEqual([0, expect.stringContaining(`Usage: flowfusion deployments ${name}`)]);
    }
  });
});

describe("flowfusion rollback", () => {
  const rollback = (...args: readonly string[]): Promise<CliResult> =>
    flowfusion("rollback", ...args, "--gateway", gateway.url, "--token", gateway.token);
  const press = parseFlowName("press");
  const digests: Digest[] = [];

  beforeAll(async () => {
    for (const tag of ["a", "b", "c"]) {
      const { wasm } = await fuseDocument({
        nodes: { in: { type: "tag_input", props: { tags: [tag] } }, out: { type: "file", props: { path: "p.jsonl" } } },
        wires: ["in.out -> out.in"],
      });
      const { digest: artefact } = await gateway.client.uploadArtefact(wasm);
      const expected = digests.length === 0 ? "absent" : digests.length;
      await gateway.client.deployFlow(press, { artefact, expected, options: { healthGateMs: 0 } });
      digests.push(artefact);
    }
  });
  const runs = async () => {
    const { generation, artefact } = (await gateway.client.getFlow(press))!;
    return [generation, digests.indexOf(artefact) + 1];
  };

  test("lets the version before the one that runs, or the one that is named, run again as the next generation", async () => {
    const { code, stdout } = await rollback("press");
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("press went from generation 3 back to what generation 2 was; it runs as generation 4"),
    ]);
    expect(await runs()).toEqual([4, 2]);
    const followed = /deployments show (\S+) --follow/.exec(stdout)![1]!;
    expect((await deployments("show", followed)).stdout).toContain("rollback of press by admin, cli");
    const named = await rollback("press", "--to", "1", "--json");
    expect(JSON.parse(named.stdout)).toMatchObject({ name: "press", generation: 5, rolledBackTo: 1 });
    expect(await runs()).toEqual([5, 1]);
  });

  test("says which flow or version there is not, and then nothing changes", async () => {
    const before = await runs();
    expect(await rollback("presse")).toMatchObject({ code: 1, stderr: expect.stringContaining("no flow presse") });
    expect(await rollback("press", "--to", "99")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("generation 99"),
    });
    expect(await rollback("kiln")).toMatchObject({ code: 1, stderr: expect.stringContaining("FF_DEPLOY_NO_VERSION") });
    for (const wrong of [[], ["press", "--to", "soon"], ["press", "kiln"]]) {
      expect(await rollback(...wrong)).toMatchObject({ code: 2, stdout: "" });
    }
    expect(await runs()).toEqual(before);
  });
});
