// A gateway on a folder of its own for a test, with the data plane stood in for, and a fetch that carries the token.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, type GatewayOptions, startGateway } from "../gateway.ts";
import { testArtefact } from "./artefact.ts";
import { TestDataPlane } from "./test-data-plane.ts";

export const TEST_TOKEN = "test-token-0123456789";

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly dataPlane: TestDataPlane;
  readonly dataDir: string;
  /** Lines of the log so far, at `trace`. */
  readonly log: readonly string[];
  request(
    method: string,
    path: string,
    init?: RequestInit & { readonly headers?: Record<string, string> },
  ): Promise<Response>;
  /** Uploads the test artefact of this value and deploys it; `condition` is one header. */
  deploy(flow: string, value: number, condition: Record<string, string>): Promise<Response>;
  upload(value: number): Promise<Response>;
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "ff-engine-"));
}

export async function startTestGateway(
  options: Partial<GatewayOptions> & { readonly dataPlane?: TestDataPlane } = {},
): Promise<TestGateway> {
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const dataPlane = options.dataPlane ?? new TestDataPlane();
  const log: string[] = [];
  const gateway = await startGateway({
    dataDir,
    ingest: ["tcp://127.0.0.1:0"],
    token: TEST_TOKEN,
    log: { level: "trace", stream: { write: (line) => void log.push(line) } },
    startDataPlane: async () => dataPlane,
    ...options,
  });
  const request: TestGateway["request"] = (method, path, init = {}) =>
    fetch(`${gateway.url}${path}`, {
      ...init,
      method,
      headers: { authorization: `Bearer ${TEST_TOKEN}`, ...init.headers },
    });
  const upload = (value: number) => {
    const { wasm, digest } = testArtefact(value);
    return request("PUT", `/v1/artefacts/${digest}`, { body: wasm, headers: { "content-type": "application/wasm" } });
  };
  return {
    gateway,
    dataPlane,
    dataDir,
    log,
    request,
    upload,
    async deploy(flow, value, condition) {
      await upload(value);
      return request("PUT", `/v1/flows/${flow}`, {
        body: JSON.stringify({ artefact: testArtefact(value).digest }),
        headers: { "content-type": "application/json", ...condition },
      });
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      if (options.dataDir === undefined) {
        await rm(dataDir, { recursive: true, force: true });
      }
    },
  };
}
