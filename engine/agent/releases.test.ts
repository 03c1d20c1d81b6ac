// A gateway that asks for signed releases, with keys that openssl made.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ReleaseBundle, signRelease } from "@flowfusion/fusion";
import type { Digest, FlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, type TestGateway, temporaryFolder } from "../testkit/test-gateway.ts";

let folder: string;
let plantKey: string;
let strangerKey: string;
let publisherKeyFiles: readonly string[];
let peer: TestGateway;
beforeAll(async () => {
  folder = await temporaryFolder();
  [plantKey, strangerKey] = ["plant", "stranger"].map((name) => {
    const file = join(folder, `${name}.key`);
    execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", file]);
    execFileSync("openssl", ["pkey", "-in", file, "-pubout", "-out", join(folder, `${name}.pub`)]);
    return readFileSync(file, "utf8");
  }) as [string, string];
  publisherKeyFiles = [join(folder, "plant.pub")];
  peer = await startTestGateway({ publisherKeyFiles });
});
afterAll(async () => {
  await peer[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

let flow = "boiler0";
beforeEach(() => {
  flow = `boiler${Number(flow.slice(6)) + 1}`;
});

function bundleOf(value: number, number: number, of = flow, key = plantKey): ReleaseBundle {
  return signRelease({ flow: of as FlowName, artefact: testArtefact(value).digest, number }, key);
}

async function put(digest: Digest, bundle: ReleaseBundle, gateway = peer): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return gateway.request("PUT", `/v1/artefacts/${digest}/bundle`, { body: JSON.stringify(bundle), headers });
}

async function release(value: number, number: number): Promise<void> {
  await peer.upload(value);
  const response = await put(testArtefact(value).digest, bundleOf(value, number));
  expect([response.status, await response.json()]).toMatchObject([200, { flow, release: number }]);
}

async function outcome(response: Response): Promise<unknown> {
  return response.ok ? response.status : ((await response.json()) as { code: string }).code;
}

const any = { "if-match": "*" };
const create = { "if-none-match": "*" };

describe("a gateway that pins a publisher", () => {
  test("runs what the publisher released, and newer releases after it", async () => {
    await release(1, 1);
    expect(await outcome(await peer.deploy(flow, 1, create))).toBe(201);
    await release(2, 5);
    expect(await outcome(await peer.deploy(flow, 2, any))).toBe(200);
  });

  test("runs nothing that nobody released", async () => {
    expect(await outcome(await peer.deploy(flow, 3, create))).toBe("FF_RELEASE_MISSING");
    expect((await peer.request("GET", `/v1/flows/${flow}`)).status).toBe(404);
  });

  test("runs nothing as another flow than it was released for", async () => {
    await release(1, 1);
    expect(await outcome(await peer.deploy("kiln", 1, create))).toBe("FF_RELEASE_MISSING");
  });

  test("takes no bundle of a stranger, of another artefact or of one that it does not hold", async () => {
    await peer.upload(1);
    const { digest } = testArtefact(1);
    expect(await outcome(await put(digest, bundleOf(1, 1, flow, strangerKey)))).toBe("FF_RELEASE_UNTRUSTED");
    expect(await outcome(await put(digest, bundleOf(2, 1)))).toBe("FF_RELEASE_UNTRUSTED");
    const unknown = testArtefact(99).digest;
    expect(await outcome(await put(unknown, bundleOf(99, 1)))).toBe("FF_API_NOT_FOUND");
    expect(await outcome(await peer.deploy(flow, 1, create))).toBe("FF_RELEASE_MISSING");
  });

  test("goes back to no lower release: by deploy, by roll-back, or after a delete", async () => {
    await release(1, 1);
    await release(2, 2);
    await peer.deploy(flow, 1, create);
    await peer.deploy(flow, 2, any);
    expect(await outcome(await peer.deploy(flow, 1, any))).toBe("FF_RELEASE_OLD");
    const headers = { "content-type": "application/json", ...any };
    const back = await peer.request("POST", `/v1/flows/${flow}/rollback`, { body: "{}", headers });
    expect(await outcome(back)).toBe("FF_RELEASE_OLD");
    await peer.request("DELETE", `/v1/flows/${flow}`, { headers: any });
    expect(await outcome(await peer.deploy(flow, 1, create))).toBe("FF_RELEASE_OLD");
    expect(await outcome(await peer.deploy(flow, 2, create))).toBe(201);
  });

  test("goes back to no lower release either where the trial of the higher one never came to its end", async () => {
    await release(1, 1);
    await release(2, 2);
    await peer.deploy(flow, 1, create);
    peer.dataPlane.outcome = { verdict: "superseded" };
    expect(await outcome(await peer.deploy(flow, 2, any))).toBe(200);
    peer.dataPlane.outcome = { verdict: "healthy", ms: 0 };
    await peer.request("DELETE", `/v1/flows/${flow}`, { headers: any });
    expect(await outcome(await peer.deploy(flow, 1, create))).toBe("FF_RELEASE_OLD");
  });

  test("goes back when the publisher released the older artefact anew", async () => {
    await release(1, 1);
    await release(2, 2);
    await peer.deploy(flow, 1, create);
    await peer.deploy(flow, 2, any);
    await release(1, 3);
    expect(await outcome(await peer.deploy(flow, 1, any))).toBe(200);
    expect(await outcome(await peer.deploy(flow, 2, any))).toBe("FF_RELEASE_OLD");
  });

  test("does not lower a release by an older bundle of the same artefact", async () => {
    await release(1, 1);
    await release(1, 9);
    await put(testArtefact(1).digest, bundleOf(1, 1));
    await release(2, 8);
    await peer.deploy(flow, 1, create);
    expect(await outcome(await peer.deploy(flow, 2, any))).toBe("FF_RELEASE_OLD");
  });

  test("keeps running what it accepted over a restart with another publisher, and takes nothing old from then on", async () => {
    const dataDir = await temporaryFolder();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(dataDir, { recursive: true }));
    {
      await using first = await startTestGateway({ dataDir, publisherKeyFiles });
      await first.upload(1);
      await put(testArtefact(1).digest, bundleOf(1, 1), first);
      expect(await outcome(await first.deploy(flow, 1, create))).toBe(201);
    }
    await using second = await startTestGateway({ dataDir, publisherKeyFiles: [join(folder, "stranger.pub")] });
    expect(await (await second.request("GET", `/v1/flows/${flow}`)).json()).toMatchObject({ condition: "running" });
    expect(await outcome(await second.deploy(flow, 1, any))).toBe("FF_RELEASE_UNTRUSTED");
  });

  test.each([
    ["is not there", "none.pub", undefined],
    ["is no key", "text.pub", "hello"],
    ["is the key to sign with", "sign.key", "-----BEGIN PRIVATE KEY-----"],
  ])("does not start with a key file that %s, and names it", async (_what, name, content) => {
    const file = join(folder, name);
    if (content !== undefined) await writeFile(file, content);
    await expect(startTestGateway({ publisherKeyFiles: [file] })).rejects.toMatchObject({
      code: "FF_RELEASE_KEY",
      message: expect.stringContaining(file),
    });
  });
});

test("a gateway that pins nobody asks for no release", async () => {
  await using open = await startTestGateway();
  expect(await outcome(await open.deploy("boiler", 1, create))).toBe(201);
});
