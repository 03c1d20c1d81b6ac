// Tokens, releases and the audit log as people meet them: the command line against a gateway with TLS.

import { writeFile } from "node:fs/promises";
import { parseFlowName, sha256 } from "@flowfusion/graph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { flowfusion } from "../system/gateway-process.ts";
import { SecuredGateway } from "./secured-gateway.ts";

const document = {
  nodes: {
    in: { type: "tag_input", props: { tags: ["+/+/temp"] } },
    out: { type: "file", props: { path: "temps.jsonl" } },
  },
  wires: ["in.out -> out.in"],
};
const temps = parseFlowName("temps");

let gateway: SecuredGateway;
let wasm: Uint8Array;
beforeAll(async () => {
  gateway = await SecuredGateway.start();
  ({ wasm } = await fuseDocument(document));
  await writeFile(gateway.file("temps.wasm"), wasm);
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe("flowfusion gateway token", () => {
  test("makes a token with a role and an end, lists it, and revokes it", async () => {
    const made = await gateway.cli("gateway", "token", "create", "ann", "--role", "operator", "--expires", "90d");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const [token, said] = made.stdout.split("\n") as [string, string];
    expect(said).toMatch(/^Token ann, operator, expires at \d{4}-/);
    const end = Date.parse(/expires at (\S+)\./.exec(said)![1]!);
    expect(Math.abs(end - Date.now() - 90 * 86_400_000)).toBeLessThan(600_000);

    const refused = await gateway.cli("gateway", "token", "list", "--token", token);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("ann is operator") });
    const listed = await gateway.cli("gateway", "token", "list");
    expect(listed.stdout).toMatch(/^ann +operator +\d{4}/m);
    expect(listed.stdout).not.toContain(token);

    const revoked = await gateway.cli("gateway", "token", "revoke", "ann", "--json");
    expect([revoked.code, JSON.parse(revoked.stdout)]).toEqual([0, { revoked: "ann" }]);
    await expect((await gateway.client(token)).gateway()).rejects.toMatchObject({ code: "FF_API_UNAUTHORIZED" });
    expect(await gateway.cli("gateway", "token", "revoke", "ann")).toMatchObject({ code: 1 });
  });

  test("draws a name when none is given", async () => {
    const { stdout } = await gateway.cli("gateway", "token", "create", "--role", "viewer", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ name: expect.stringMatching(/^viewer-[0-9a-f]{6}$/), role: "viewer" });
  });

  test.each([
    ["an unknown role", ["create", "bob", "--role", "owner"]],
    ["an end that is none", ["create", "bob", "--role", "viewer", "--expires", "soon"]],
  ])("with %s says how it is used", async (_what, args) => {
    expect(await gateway.cli("gateway", "token", ...args)).toMatchObject({ code: 2 });
  });

  test("explains itself", async () => {
    const { code, stdout } = await flowfusion("gateway", "token", "create", "--help");
    expect([code, stdout]).toEqual([0, expect.stringContaining("flowfusion gateway token create")]);
  });
});

describe("flowfusion release", () => {
  test("signs an artefact, which then may be deployed, and without which it may not", async () => {
    const client = await gateway.client();
    const { digest } = await client.uploadArtefact(new Uint8Array(wasm));
    const unsigned = client.deployFlow(temps, { artefact: digest, expected: "absent" });
    await expect(unsigned).rejects.toMatchObject({ code: "FF_RELEASE_MISSING" });

    const key = ["--key", gateway.file("publisher.key")];
    const signing = ["release", "sign", gateway.file("temps.wasm"), "--flow", "temps", "--release", "1", ...key];
    expect(await flowfusion(...signing)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("is release 1 of temps"),
    });
    const publisher = ["--publisher", gateway.file("publisher.pub")];
    const verified = await flowfusion("release", "verify", gateway.file("temps.wasm"), ...publisher);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining(sha256(wasm)) });
    expect(await gateway.cli("release", "upload", gateway.file("temps.wasm"))).toMatchObject({ code: 0, stderr: "" });
    expect(await client.deployFlow(temps, { artefact: digest, expected: "absent" })).toMatchObject({ generation: 1 });
  });

  test("refuses to verify another artefact", async () => {
    const other = await fuseDocument({
      ...document,
      nodes: { ...document.nodes, out: { type: "file", props: { path: "b" } } },
    });
    await writeFile(gateway.file("other.wasm"), other.wasm);
    const bundle = ["--bundle", gateway.file("temps.wasm.bundle"), "--publisher", gateway.file("publisher.pub")];
    expect(await flowfusion("release", "verify", gateway.file("other.wasm"), ...bundle)).toMatchObject({ code: 1 });
  });
});

describe("flowfusion gateway audit", () => {
  test("shows who did what, and that nobody changed it", async () => {
    const { code, stdout } = await gateway.cli("gateway", "audit", "--json", "--last", "100");
    const entries = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { seq: number; action: string });
    expect([code, entries.map(({ seq }) => seq)]).toEqual([0, entries.map((_, index) => index + 1)]);
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["createToken", "revokeToken", "deployFlow"]),
    );
    expect((await gateway.cli("gateway", "audit", "--last", "1")).stdout.trim().split("\n")).toHaveLength(2);
    expect(await gateway.cli("gateway", "audit", "--verify")).toMatchObject({ code: 0 });
    const verdict = await gateway.cli("gateway", "audit", "--verify", "--json");
    expect(JSON.parse(verdict.stdout)).toMatchObject({ isIntact: true });
  });
});

describe("the configuration file", () => {
  const check = (file: string) => flowfusion("gateway", "--check", "--config", gateway.file(file));

  test("is said to be in order, or why it is not, before anything starts", async () => {
    expect(await check("gateway.json")).toMatchObject({ code: 0 });
    const { stdout } = await flowfusion("gateway", "--check", "--json", "--config", gateway.file("gateway.json"));
    expect(JSON.parse(stdout)).toEqual({ isValid: true });
    await writeFile(gateway.file("bad.json"), JSON.stringify({ http: { host: "", port: 1 }, prot: 1 }));
    const { code, stderr } = await check("bad.json");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^ {2}prot: unknown field \[FF_CONFIG_INVALID\]$/m)]);
  });

  test("is read with all that it names: whatever would keep the gateway from starting is told at once", async () => {
    const settings = {
      workers: "two",
      tokenFile: "none.token",
      http: { host: "0.0.0.0", port: 7480 },
      ingest: ["tcp://127.0.0.1:7481", "udp://127.0.0.1:7481"],
      secretKeyFile: "none.secret",
      publisherKeyFiles: ["none.pub"],
      outbound: ["any", "10.0.0.0/33"],
    };
    await writeFile(gateway.file("wrong.json"), JSON.stringify(settings));
    const { code, stdout, stderr } = await check("wrong.json");
    expect([code, stdout]).toEqual([1, ""]);
    expect(
      [...stderr.matchAll(/^ {2}(\S+): .* \[(\w+)\]$/gm)].map(([, setting, problem]) => [setting, problem]),
    ).toEqual([
      ["workers", "FF_CONFIG_INVALID"],
      ["tokenFile", "FF_CONFIG_INVALID"],
      ["http", "FF_GATEWAY_LISTEN"],
      ["ingest[1]", "FF_TRANSPORT_ADDRESS"],
      ["secretKeyFile", "FF_SECRET_KEY"],
      ["publisherKeyFiles[0]", "FF_RELEASE_KEY"],
      ["outbound[1]", "FF_OUTBOUND_RULE"],
    ]);
    await writeFile(
      gateway.file("no-tls.json"),
      JSON.stringify({ tls: { certFile: "none.pem", keyFile: "none.key" } }),
    );
    expect(await check("no-tls.json")).toMatchObject({ code: 1, stderr: expect.stringContaining("[FF_GATEWAY_TLS]") });
  });
});
