// Kind of sink → its queue. A new kind has its file beside this one and its line here.

import { type CanonicalNode, FlowFusionError, type SinkKind } from "@flowfusion/graph";
import { createFileSink } from "./file.ts";
import { createHttpSink } from "./http.ts";
import { createMqttSink } from "./mqtt.ts";
import { createNngSink } from "./nng.ts";
import { SinkQueue } from "./queue.ts";
import type { Sink } from "./sink.ts";

const queueBytesMax = 16 * 1024 * 1024;

interface SinkPlace {
  readonly flow: string;
  /** Folder that the file sink writes in. */
  readonly outputDir: string;
}

type CreateSink = (node: CanonicalNode, place: SinkPlace) => Sink;

const kinds: { readonly [Kind in SinkKind]: CreateSink } = {
  file: ({ props }, { outputDir }) => createFileSink(props, outputDir),
  http: ({ props }) => createHttpSink(props),
  mqtt: ({ props }) => createMqttSink(props),
  nng: ({ props, id }, { flow }) => createNngSink(props, `${flow}/${id}`),
};

/** Throws `FF_DEPLOY_SINK` when the node's properties name no endpoint that the gateway may use. */
export function createSinkQueue(node: CanonicalNode, place: SinkPlace): SinkQueue {
  try {
    return new SinkQueue(kinds[node.delivers!.to](node, place), { bytesMax: queueBytesMax });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FlowFusionError("FF_DEPLOY_SINK", `nodes.${node.id}: ${why}`, { cause: error });
  }
}
