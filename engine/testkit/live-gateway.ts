// A gateway with its real data plane for a test, in the test's process: a driver that PUSHes to it, a PULL socket that its
// nng sinks push to, and the client.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { type FlowName, type NodeModule, parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import { dialPush, type PushSocket } from "@flowfusion/transport";
import { type Document, programOf, Receiver } from "../dataplane/testkit/test-plane.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../gateway.ts";

const token = "live-token-0123456789";

export class LiveGateway implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly client: GatewayClient;
  readonly receiver: Receiver;
  readonly dataDir: string;
  readonly #push: PushSocket;

  private constructor(gateway: Gateway, receiver: Receiver, dataDir: string) {
    this.gateway = gateway;
    this.receiver = receiver;
    this.dataDir = dataDir;
    this.client = new GatewayClient({ endpoint: gateway.url, token });
    this.#push = dialPush({ address: gateway.addresses[0]! });
  }

  static async start(options: Partial<GatewayOptions> = {}): Promise<LiveGateway> {
    const dataDir = await mkdtemp(path.join(tmpdir(), "ff-live-"));
    const gateway = await startGateway({
      ...{ dataDir, ingest: ["tcp://127.0.0.1:0"], token, log: { level: "silent" }, healthGateMs: 0 },
      ...options,
    });
    return new LiveGateway(gateway, await Receiver.start(), dataDir);
  }

  program(document: Document, ...modules: readonly NodeModule[]) {
    return programOf(document, ...modules);
  }

  /** Uploads what the document is fused to; gives its digest. */
  async upload(document: Document, ...modules: readonly NodeModule[]) {
    const { wasm, digest } = await programOf(document, ...modules);
    await this.client.uploadArtefact(Uint8Array.from(wasm));
    return digest;
  }

  /** `in` → the node → `out`, an nng sink to the receiver. */
  flow(node: Document["nodes"][string], output = "out"): Document {
    return {
      nodes: {
        in: { type: "tag_input", props: { tags: ["#"] } },
        node,
        out: { type: "nng", props: { address: this.receiver.address } },
      },
      wires: ["in.out -> node.in", `node.${output} -> out.in`],
    };
  }

  push(updates: readonly TagUpdate[]): void {
    if (!this.#push.send(encodeTagUpdateBatch({ source: "test", updates })))
      throw new Error("the driver's queue is full");
  }

  /** Numbers as updates of one tag. */
  pushValues(...values: readonly number[]): void {
    this.push(values.map((value, index) => ({ tag: "n", timestampNs: BigInt(index + 1), quality: 0 as const, value })));
  }

  request(method: string, url: string, init: RequestInit, type = "application/json"): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, "content-type": type, ...init.headers };
    return fetch(`${this.gateway.url}${url}`, { ...init, method, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#push.close();
    await this.gateway.close();
    await this.receiver[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

export const boiler: FlowName = parseFlowName("boiler");
