// The control API over TLS, with certificates that openssl made, the client that everything uses, and openssl's own.

import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmod, copyFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { GatewayClient, type TlsTrust } from "@flowfusion/client";
import { type CertificateFiles, eventually, TestAuthority } from "@flowfusion/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, TEST_TOKEN, type TestGateway, temporaryFolder } from "../testkit/test-gateway.ts";

let folder: string;
let authority: TestAuthority;
let other: TestAuthority;
let server: CertificateFiles;
let client: CertificateFiles;
let peer: TestGateway;
beforeAll(async () => {
  folder = await temporaryFolder();
  authority = await TestAuthority.create();
  other = await TestAuthority.create();
  server = await authority.sign("gateway");
  client = await authority.sign("client");
  peer = await startTestGateway({ tls: server });
  return async () => {
    for (const made of [peer, authority, other]) await made[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  };
});

function ask(gateway: TestGateway, tls?: TlsTrust): Promise<unknown> {
  const retry = { attemptsMax: 1 };
  return new GatewayClient({ endpoint: gateway.gateway.url, token: TEST_TOKEN, retry, ...(tls && { tls }) }).gateway();
}

function fingerprintOf({ cert }: CertificateFiles): string {
  return new X509Certificate(cert).fingerprint256;
}

describe("a client", () => {
  test.each([
    ["its authority", () => ({ ca: authority.cert })],
    ["its fingerprint", () => ({ fingerprint: fingerprintOf(server) })],
    [
      "its fingerprint in plain digits",
      () => ({ fingerprint: fingerprintOf(server).replaceAll(":", "").toLowerCase() }),
    ],
    ["its fingerprint as openssl prints it", () => ({ fingerprint: `sha256 Fingerprint=${fingerprintOf(server)}\n` })],
    ["both", () => ({ ca: authority.cert, fingerprint: fingerprintOf(server) })],
  ])("that trusts the gateway by %s is served", async (_how, trust) => {
    expect(peer.gateway.url).toMatch(/^https:/);
    expect(await ask(peer, trust())).toMatchObject({ flows: expect.any(Number) });
  });

  describe("that does not trust the gateway", () => {
    let unasked: TestGateway;
    beforeAll(async () => {
      unasked = await startTestGateway({ tls: server });
      return () => unasked[Symbol.asyncDispose]();
    });

    test.each([
      ["nothing", () => undefined],
      ["another authority", () => ({ ca: other.cert })],
      ["another fingerprint", () => ({ fingerprint: fingerprintOf(client) })],
      ["its authority, and another fingerprint", () => ({ ca: authority.cert, fingerprint: fingerprintOf(client) })],
      ["its fingerprint, and another authority", () => ({ ca: other.cert, fingerprint: fingerprintOf(server) })],
    ])("because it trusts %s sends nothing, not even its token", async (_how, trust) => {
      await expect(ask(unasked, trust())).rejects.toMatchObject({ code: "FF_GATEWAY_UNTRUSTED" });
      expect(unasked.log.filter((line) => line.includes("answered"))).toEqual([]);
    });

    test("is heard of by the gateway's log as soon as it does trust it", async () => {
      await ask(unasked, { ca: authority.cert });
      await expect.poll(() => unasked.log.filter((line) => line.includes("answered"))).toHaveLength(1);
    });
  });

  test("uploads, deploys and downloads as over http, and aborts when it is told to", async () => {
    const gateway = new GatewayClient({ endpoint: peer.gateway.url, token: TEST_TOKEN, tls: { ca: authority.cert } });
    const { testArtefact } = await import("../testkit/artefact.ts");
    const { wasm, digest } = testArtefact(1);
    expect(await gateway.hasArtefact(digest)).toBe(false);
    await gateway.uploadArtefact(wasm);
    expect(await gateway.hasArtefact(digest)).toBe(true);
    expect(Buffer.from(await gateway.downloadArtefact(digest)).equals(wasm)).toBe(true);
    await gateway.createToken({ name: "ann", role: "viewer" });
    await gateway.revokeToken("ann");
    await expect(gateway.revokeToken("ann")).rejects.toMatchObject({ code: "FF_API_NOT_FOUND", status: 404 });
    const reason = new Error("enough");
    await expect(gateway.gateway({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test.each([
    ["http with TLS options", "FF_GATEWAY_ENDPOINT", "http://127.0.0.1:1", { fingerprint: "a".repeat(64) }],
    ["a fingerprint that is none", "FF_GATEWAY_TRUST", "https://127.0.0.1:1", { fingerprint: "abc" }],
    ["a certificate without its key", "FF_GATEWAY_TRUST", "https://127.0.0.1:1", { cert: "x" }],
  ])("with %s is not made", (_what, code, endpoint, tls) => {
    expect(() => new GatewayClient({ endpoint, tls })).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ["an authority that is no certificate", () => ({ ca: "no PEM" }), "the authority is no certificate in PEM"],
    [
      "the key of another certificate",
      () => ({ ca: authority.cert, cert: client.cert, key: server.key }),
      "the key is that of another certificate",
    ],
    ["a certificate that is none", () => ({ cert: "no PEM", key: client.key }), "one of them is not in PEM"],
  ])("with %s says so", async (_what, trust, why) => {
    await expect(ask(peer, trust())).rejects.toMatchObject({
      code: "FF_GATEWAY_TRUST",
      message: expect.stringContaining(why),
    });
  });

  test("that knows the gateway by a name that its certificate has not is told those that it has", async () => {
    await using elsewhere = await startTestGateway({ http: { host: "127.0.0.2", port: 0 }, tls: server });
    await expect(ask(elsewhere, { ca: authority.cert })).rejects.toMatchObject({
      code: "FF_GATEWAY_UNTRUSTED",
      message: expect.stringMatching(/is for 127\.0\.0\.1, localhost, and not for 127\.0\.0\.2; nothing was sent$/),
    });
  });

  test("that begins to speak TLS and never goes on is cut off, so that many take no place of others for good", async () => {
    await using hasty = await startTestGateway({ tls: server, httpLimits: { headersMs: 200, connectionsMax: 3 } });
    const { hostname, port } = new URL(hasty.gateway.url);
    const idle = Array.from({ length: 3 }, () => connect(Number(port), hostname));
    for (const socket of idle) socket.write(Buffer.of(22, 3, 1));
    await Promise.all(idle.map((socket) => once(socket.on("error", () => undefined).resume(), "close")));
    // It cuts off an honest client as well that a busy machine makes as slow.
    await eventually(async () => expect(await ask(hasty, { ca: authority.cert })).toMatchObject({ flows: 0 }));
  });

  test("that speaks no TLS gets no answer, and the next one does", async () => {
    const url = new URL(peer.gateway.url);
    const socket = connect(Number(url.port), url.hostname);
    socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    let answer = "";
    try {
      for await (const chunk of socket) answer += chunk;
    } catch {
      // A reset is as good as an end.
    }
    expect(answer).not.toContain("ok");
    expect(await ask(peer, { ca: authority.cert })).toBeDefined();
  });

  test.each(["-tls1", "-tls1_1"])("that knows no newer protocol than %s gets no connection", async (version) => {
    expect(await handshake(peer, [version, "-cipher", "ALL:@SECLEVEL=0"])).toMatch(/alert|no protocols|unsupported/i);
  });

  test.each(["-tls1_2", "-tls1_3"])("that speaks %s gets one", async (version) => {
    expect(await handshake(peer, [version, "-CAfile", authority.certFile])).toContain("Verify return code: 0 (ok)");
  });
});

/** What openssl's client says of a connection. */
function handshake(gateway: TestGateway, options: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn("openssl", ["s_client", "-connect", new URL(gateway.gateway.url).host, ...options]);
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  child.on("error", reject).on("close", () => resolve(output));
  child.stdin.end();
  return promise;
}

describe("a certificate that was renewed", () => {
  test("is served from then on, and one that is no good is not", async () => {
    const first = await authority.sign("first");
    const files = { certFile: join(folder, "live.pem"), keyFile: join(folder, "live.key") };
    await copyFile(first.certFile, files.certFile);
    await copyFile(first.keyFile, files.keyFile);
    await using live = await startTestGateway({ tls: files });
    expect(await ask(live, { fingerprint: fingerprintOf(first) })).toBeDefined();

    const ended = await authority.sign("ended", -1);
    await copyFile(ended.certFile, files.certFile);
    await copyFile(ended.keyFile, files.keyFile);
    await expect(live.gateway.reloadTls()).rejects.toMatchObject({
      code: "FF_GATEWAY_TLS",
      message: expect.stringContaining("ended on"),
    });
    expect(await ask(live, { fingerprint: fingerprintOf(first) })).toBeDefined();

    const second = await authority.sign("second");
    await copyFile(first.keyFile, files.keyFile);
    await copyFile(second.certFile, files.certFile);
    await expect(live.gateway.reloadTls()).rejects.toMatchObject({ code: "FF_GATEWAY_TLS" });
    expect(await ask(live, { fingerprint: fingerprintOf(first) })).toBeDefined();

    await copyFile(second.keyFile, files.keyFile);
    await live.gateway.reloadTls();
    expect(warningsOf(live)).toEqual([]);
    expect(await ask(live, { fingerprint: fingerprintOf(second) })).toBeDefined();
    await expect(ask(live, { fingerprint: fingerprintOf(first) })).rejects.toMatchObject({
      code: "FF_GATEWAY_UNTRUSTED",
    });
  });
});

describe("a certificate that is read again and is the one from before, as a copy of systemd's is,", () => {
  test("is warned of, unless what clients are to show is new", async () => {
    const clientCaFile = join(folder, "clients.pem");
    await copyFile(authority.certFile, clientCaFile);
    await using live = await startTestGateway({ tls: { ...server, clientCaFile } });
    await copyFile(other.certFile, clientCaFile);
    await live.gateway.reloadTls();
    expect(warningsOf(live)).toEqual([]);
    await live.gateway.reloadTls();
    expect(warningsOf(live)).toEqual([expect.stringContaining("LoadCredential")]);
  });
});

/** Lines of its log on certificates that were read again in vain. */
function warningsOf({ log }: TestGateway): readonly string[] {
  return log.filter((line) => line.includes('"level":40') && line.includes("it is the one from before"));
}

test("a certificate that has ended keeps no gateway from starting: who pins it is served, who checks it sends nothing", async () => {
  const ended = await authority.sign("old", -1);
  await using started = await startTestGateway({ tls: ended });
  expect(started.log.join("")).toContain("clients that check the certificate do not connect");
  await expect(ask(started, { ca: authority.cert })).rejects.toMatchObject({
    code: "FF_GATEWAY_UNTRUSTED",
    message: expect.stringContaining("its certificate has expired"),
  });
  const { validFrom, validTo } = new X509Certificate(ended.cert);
  expect(await ask(started, { fingerprint: fingerprintOf(ended) })).toMatchObject({
    certificate: { validFrom: new Date(validFrom).toISOString(), validTo: new Date(validTo).toISOString() },
  });
});

describe("a gateway that asks for client certificates", () => {
  let strict: TestGateway;
  beforeAll(async () => {
    strict = await startTestGateway({ tls: { ...server, clientCaFile: authority.certFile } });
  });
  afterAll(() => strict[Symbol.asyncDispose]());

  test("serves nobody without one that its authority signed, whatever token comes with it", async () => {
    const stranger = await other.sign("stranger");
    const late = await authority.sign("late", -1);
    await expect(ask(strict, { ca: authority.cert })).rejects.toMatchObject({
      code: "FF_GATEWAY_CLIENT_CERTIFICATE",
      message: expect.stringContaining("the gateway asks for a client certificate"),
    });
    for (const { cert, key } of [stranger, late]) {
      await expect(ask(strict, { ca: authority.cert, cert, key })).rejects.toMatchObject({
        code: "FF_GATEWAY_UNREACHABLE",
        message: expect.stringContaining("does not trust the client certificate"),
      });
    }
    expect(strict.log.filter((line) => line.includes("answered"))).toEqual([]);
  });

  test("serves who shows one that its authority signed", async () => {
    const { cert, key } = client;
    expect(await ask(strict, { ca: authority.cert, cert, key })).toBeDefined();
  });

  test("still asks for a token", async () => {
    const { cert, key } = client;
    const gateway = new GatewayClient({ endpoint: strict.gateway.url, tls: { ca: authority.cert, cert, key } });
    await expect(gateway.gateway()).rejects.toMatchObject({ code: "FF_API_UNAUTHORIZED" });
  });
});

describe("a gateway", () => {
  const beyond = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);

  test.each(["0.0.0.0", "::", ...beyond])("listens on %s with TLS and not without", async (host) => {
    const http = { host, port: 0 };
    await expect(startTestGateway({ http })).rejects.toMatchObject({ code: "FF_GATEWAY_LISTEN" });
    await using open = await startTestGateway({ http, tls: server });
    const { port } = new URL(open.gateway.url);
    const local = new GatewayClient({
      endpoint: `https://127.0.0.1:${port}`,
      tls: { fingerprint: fingerprintOf(server) },
    });
    if (host === "0.0.0.0" || host === "::") {
      await expect(local.gateway()).rejects.toMatchObject({ code: "FF_API_UNAUTHORIZED" });
    }
  });

  test.each([
    ["a certificate that is not there", () => ({ ...server, certFile: join(folder, "none.pem") })],
    ["a key that is not there", () => ({ ...server, keyFile: join(folder, "none.key") })],
    ["another's key", () => ({ ...server, keyFile: client.keyFile })],
    ["key and certificate swapped", () => ({ certFile: server.keyFile, keyFile: server.certFile })],
    ["an authority that is none", () => ({ ...server, clientCaFile: server.keyFile })],
  ])("with %s does not start, and tells no key", async (_what, files) => {
    const starting = startTestGateway({ tls: await files() });
    await expect(starting).rejects.toMatchObject({ code: "FF_GATEWAY_TLS" });
    await expect(starting).rejects.not.toThrow("BEGIN");
  });

  test("with a key that anybody may read does not start", async () => {
    const keyFile = join(folder, "open.key");
    await writeFile(keyFile, server.key);
    await chmod(keyFile, 0o644);
    await expect(startTestGateway({ tls: { ...server, keyFile } })).rejects.toMatchObject({
      code: "FF_GATEWAY_TLS",
      message: expect.stringContaining("0644"),
    });
  });
});
