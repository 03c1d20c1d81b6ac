// A name that led to where a sink may connect to when its flow was deployed, and leads elsewhere when the sink connects.

import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import type { PropValue, SinkKind } from "@flowfusion/graph";
import { decodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually, Gate, Mosquitto } from "@flowfusion/testkit";
import { listenPull } from "@flowfusion/transport";
import { expect, test } from "vitest";
import { OutboundGuard } from "../security/outbound.ts";
import { sinkArtefact } from "../testkit/artefact.ts";
import { createSink } from "./create.ts";
import { message } from "./testkit/messages.ts";
import { NatsServer } from "./testkit/nats-server.ts";
import { append, queueOf } from "./testkit/queues.ts";

interface Peer {
  readonly port: number;
  /** Messages that it has got. */
  readonly heard: () => number | Promise<number>;
  readonly stop: () => Promise<void>;
}

async function broker(): Promise<Peer> {
  const mosquitto = await Mosquitto.start();
  const received = await mosquitto.subscribe();
  return { port: mosquitto.port, heard: () => received.length, stop: () => mosquitto[Symbol.asyncDispose]() };
}

async function webServer(): Promise<Peer> {
  let heard = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    heard += (JSON.parse(body) as unknown[]).length;
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, heard: () => heard, stop };
}

async function natsServer(): Promise<Peer> {
  const server = await NatsServer.start();
  await server.addStream("N", "n");
  const heard = async () => (await server.stored("N")).length;
  return { port: server.port, heard, stop: () => server[Symbol.asyncDispose]() };
}

async function puller(): Promise<Peer> {
  let heard = 0;
  const onFrame = (frame: Uint8Array) => {
    heard += decodeTagUpdateBatch(frame).updates.length;
  };
  const pull = await listenPull({ address: "tcp://127.0.0.1:0", onFrame });
  return { port: Number(new URL(pull.address).port), heard: () => heard, stop: () => pull.close() };
}

/** The system knows it, by its own address: a sink that asked that would be heard where it must not. */
const name = "localhost";

const small = [message("n", 1), message("n", 2)];
/** More than waits in a socket of nng, which says nothing before. */
const large = Array.from({ length: 60 }, (_, index) => message("n", `${index}`.padEnd(100_000)));

type Props = { readonly [name: string]: PropValue };
const mqtt = { qos: 1, retain: false, version: "5", batchMax: 1 };
const http = { method: "POST", maxBatch: 10, timeoutMs: 10_000 };
const nats = { subject: "{topic}", jetStream: true };

const rows: readonly [SinkKind, start: () => Promise<Peer>, propsOf: (url: string) => Props, messages: typeof small][] =
  [
    ["mqtt", broker, (url) => ({ ...mqtt, broker: `mqtt://${url}`, topic: "{topic}", encoding: "json" }), small],
    ["http", webServer, (url) => ({ ...http, url: `http://${url}/`, encoding: "json" }), small],
    ["nats", natsServer, (url) => ({ ...nats, server: `nats://${url}`, encoding: "json" }), small],
    ["nng", puller, (url) => ({ address: `tcp://${url}` }), large],
  ];

test.each(rows)(
  "%s connects to no address that the rules forbid when its name leads there after the deploy, and says why",
  async (kind, start, propsOf, messages) => {
    const peer = await start();
    await using gate = await Gate.to(peer.port);
    let elsewhere = 0;
    const other = createTcpServer((socket) => {
      elsewhere++;
      socket.destroy();
    }).listen(gate.port, "127.0.0.2");
    await once(other, "listening");
    let leadsTo = "127.0.0.1";
    const outbound = new OutboundGuard(["127.0.0.1"], async () => [{ address: leadsTo, family: 4 }]);
    const refusal = `${name} (127.0.0.2) port ${gate.port}: `;

    await outbound.resolve(name, gate.port);
    leadsTo = "127.0.0.2";
    const node = sinkArtefact(kind, propsOf(`${name}:${gate.port}`)).graph.nodes[0]!;
    const sink = createSink(node, { flow: "boiler", outputDir: "/nowhere", endpoints: {}, outbound });
    const queue = queueOf(sink);
    try {
      append(queue, messages);
      await eventually(() => expect(queue.stats.lastError).toContain(refusal));
      leadsTo = "127.0.0.1";
      await eventually(async () => expect(await peer.heard()).toBe(messages.length));
      await eventually(() => expect(queue.stats.lastError).toBeUndefined());
      leadsTo = "127.0.0.2";
      gate.cut();
      append(queue, messages);
      await eventually(() => expect(queue.stats.lastError).toContain(refusal));
      expect(elsewhere).toBe(0);
    } finally {
      await queue.close(0);
      await new Promise((resolve) => other.close(resolve));
      await peer.stop();
    }
  },
);
