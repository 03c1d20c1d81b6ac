// A signed release as the guide has it, from a Pulumi program to a gateway that runs nothing else.

import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GatewayProcess } from "./gateway-process.ts";
import { blocksOf } from "./guide.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { holdScreen } from "./screens.ts";

const guide = "docs/guides/securing-a-gateway.md";
let cleanup: AsyncDisposableStack;
let tried: GatewayProcess;
let project: PulumiProject;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  tried = cleanup.use(await GatewayProcess.start());
  project = await PulumiProject.create({ endpoint: tried.url, token: tried.token });
  cleanup.defer(() => project.remove());
});
afterEach(() => cleanup.disposeAsync());

const program = (threshold: number) => `
  new ff.Flow("boiler", {
    gateway,
    nodes: {
      temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
      hot: ff.filter({ op: ">", value: ${threshold} }),
      log: ff.file({ path: "hot.jsonl" }),
    },
    wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.log.in)],
  });
`;

test("a program that was tried is signed, uploaded and deployed, and no other is", { timeout: 400_000 }, async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  await writeFile(path.join(project.folder, "publisher.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  const publisher = path.join(project.folder, "publisher.pub");
  await writeFile(publisher, publicKey.export({ type: "spki", format: "pem" }));
  const plant = cleanup.use(await GatewayProcess.start("--publisher", publisher));
  await project.write(program(90));
  expect(await project.up()).toMatchObject({ code: 0 });

  await project.newStack("plant", { endpoint: plant.url, token: plant.token });
  const first = await project.succeed(["preview"]);
  expect(first.text).toMatch(
    /warning: The gateway would refuse this flow: no signed release says .*FF_RELEASE_MISSING/,
  );
  const unsigned = await project.up();
  expect(unsigned.code).not.toBe(0);
  expect(unsigned.text).toContain("FF_RELEASE_MISSING");

  const variables = { PLANT: plant.url, FLOWFUSION_ENDPOINT: tried.url, FLOWFUSION_TOKEN: plant.token };
  const blocks = await blocksOf(guide);
  const signing = blocks.find(({ kind, text }) => kind === "sh" && text.includes("release sign"))!;
  const { code, stdout, text } = await project.shell(signing.text, variables);
  expect(code, text).toBe(0);
  await holdScreen("docs/guides/securing-a-gateway.md", "release", stdout, {
    varying: [/fused in .*|known from before/g],
  });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await plant.client.getFlow(parseFlowName("boiler"))).toMatchObject({ generation: 1 });

  await project.write(program(95));
  const preview = await project.succeed(["preview"]);
  expect(preview.text).toMatch(/The gateway would refuse this change: no signed release says .*FF_RELEASE_MISSING/);
});
