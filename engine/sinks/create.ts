// Kind of sink → what sends. A new kind has its file beside this one and its line here.

import { type CanonicalNode, FlowFusionError, type SinkKind } from "@flowfusion/graph";
import { parseAddress } from "@flowfusion/transport";
import type { OutboundGuard } from "../security/outbound.ts";
import { type Endpoints, endpointOf } from "./endpoint.ts";
import { createFileSink } from "./file.ts";
import { createHttpSink } from "./http.ts";
import { createMqttSink } from "./mqtt/sink.ts";
import { createSparkplugSink } from "./mqtt/sparkplug.ts";
import { createNatsSink } from "./nats.ts";
import { createNngSink } from "./nng.ts";
import type { StoragePolicy } from "./queue.ts";
import type { Sink } from "./sink.ts";

export interface SinkPlace {
  readonly flow: string;
  /** Folder that the file sink writes in. */
  readonly outputDir: string;
  /** Folder for the numbers of Sparkplug sessions; they are kept in memory alone when absent. */
  readonly sessionDir?: string;
  /** The gateway's connections that the flow names. */
  readonly endpoints: Endpoints;
  /** Where sinks may connect to; anywhere when absent. */
  readonly outbound?: OutboundGuard;
}

type CreateSink = (node: CanonicalNode, place: SinkPlace) => Sink;

const kinds: { readonly [Kind in SinkKind]: CreateSink } = {
  file: ({ props }, { outputDir }) => createFileSink(props, outputDir),
  http: ({ props, id }, { flow, endpoints, outbound }) =>
    createHttpSink(props, endpointOf(props, "url", endpoints, outbound), `${flow}/${id}`),
  mqtt({ props, id }, { flow, sessionDir, endpoints, outbound }) {
    const endpoint = endpointOf(props, "broker", endpoints, outbound);
    if (props.encoding === "sparkplug_b") return createSparkplugSink(props, endpoint, sessionDir);
    return createMqttSink(props, endpoint, { flow, node: id });
  },
  nats: ({ props, id }, { flow, endpoints, outbound }) =>
    createNatsSink(props, endpointOf(props, "server", endpoints, outbound), { flow, node: id }, outbound),
  nng({ props, id }, { flow, outbound }) {
    const address = String(props.address);
    const source = `${flow}/${id}`;
    // As it is dialled; a URL's parser reads it otherwise.
    const parsed = parseAddress(address);
    if (!outbound || parsed.scheme !== "tcp") return createNngSink(props, source);
    // `*` for a host; who dials it comes out on this machine.
    outbound.check(parsed.host === "0.0.0.0" ? "127.0.0.1" : parsed.host, parsed.port);
    return createNngSink(props, source, outbound.lookup(parsed.port));
  },
};

/** Throws `FF_DEPLOY_SINK` when the node's properties name no endpoint that the gateway may use. */
export function createSink(node: CanonicalNode, place: SinkPlace): Sink {
  try {
    return kinds[node.delivers!.to](node, place);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FlowFusionError("FF_DEPLOY_SINK", `nodes.${node.id}: ${why}`, { cause: error });
  }
}

/** Where the messages of a sink node wait. A module of somebody's own may have no such properties. */
export function storageOf({ props }: CanonicalNode): StoragePolicy {
  const { diskBytesMax, durability } = props;
  return {
    diskBytesMax: typeof diskBytesMax === "number" ? diskBytesMax : 0,
    durability: durability === "written" || durability === "synced" ? durability : "memory",
  };
}
