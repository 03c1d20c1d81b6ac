// Sinks with the properties that the schemas of their nodes fill in, for the sinks' own tests.

import type { CanonicalNode, PropValue } from "@flowfusion/graph";
import type { OutboundGuard } from "../../security/outbound.ts";
import { type Endpoints, endpointOf } from "../endpoint.ts";
import { createFileSink } from "../file.ts";
import { createHttpSink } from "../http.ts";
import { createMqttSink } from "../mqtt/sink.ts";
import { createSparkplugSink } from "../mqtt/sparkplug.ts";
import { createNatsSink } from "../nats.ts";
import type { Sink } from "../sink.ts";

type Props = { readonly [name: string]: PropValue };

const place = { flow: "plant", node: "out" };

/** Either the plain URL or, where there is an endpoint named `it`, that connection. */
const target = (property: string, url: string, endpoints: Endpoints): CanonicalNode["props"] =>
  endpoints.it ? { connection: "it" } : { [property]: url };

interface MqttOptions {
  /** Of Sparkplug B. */
  readonly sessionDir?: string | undefined;
  /** Of the others. */
  readonly keepAliveS?: number | undefined;
}

export function mqttSink(
  broker: string,
  props: Props = {},
  endpoints: Endpoints = {},
  { sessionDir, keepAliveS }: MqttOptions = {},
): Sink {
  const all = { topic: "{topic}", qos: 1, retain: false, version: "3.1.1", encoding: "json", batchMax: 1, ...props };
  const endpoint = endpointOf(target("broker", broker, endpoints), "broker", endpoints);
  return all.encoding === "sparkplug_b"
    ? createSparkplugSink(all, endpoint, sessionDir)
    : createMqttSink(all, endpoint, place, keepAliveS);
}

export function httpSink(url: string, props: Props = {}, endpoints: Endpoints = {}): Sink {
  const all = { method: "POST", encoding: "json", maxBatch: 10, timeoutMs: 10_000, ...props };
  return createHttpSink(all, endpointOf(target("url", url, endpoints), "url", endpoints), "plant/out");
}

export function natsSink(server: string, props: Props = {}, endpoints: Endpoints = {}, outbound?: OutboundGuard): Sink {
  const all = { subject: "{topic}", jetStream: true, encoding: "json", ...props };
  const endpoint = endpointOf(target("server", server, endpoints), "server", endpoints);
  return createNatsSink(all, endpoint, place, outbound);
}

export function fileSink(folder: string, props: Props = {}, nowMs?: () => number): Sink {
  const all = { path: "out", encoding: "json", rotateBytes: 0, rotateMs: 0, keptMax: 0, fsync: "never", ...props };
  return createFileSink(all, folder, nowMs);
}
