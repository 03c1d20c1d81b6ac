// Server-sent events: a list that goes on. A line of comment now and then keeps proxies from cutting a quiet connection
// and finds out that the other side is gone.

import { Readable } from "node:stream";
import { FlowFusionError } from "@flowfusion/graph";
import type { FastifyRequest } from "fastify";
import * as Type from "typebox";

const HEARTBEAT_MS = 15_000;

export interface ServerEvent {
  /** Given back as Last-Event-ID when the connection is made anew. */
  readonly id: number;
  readonly event: string;
  readonly data: unknown;
}

/** One whose data was made into text before, for all who get it. */
export interface EncodedEvent extends Omit<ServerEvent, "data"> {
  readonly json: string;
}

export const eventStreamAnswer = {
  description: "Server-sent events; each one's data is one line of JSON.",
  content: { "text/event-stream": { schema: Type.Unsafe<Readable>({ type: "string" }) } },
};

export const EventHeaders = Type.Object({
  "last-event-id": Type.Optional(Type.String({ description: "The events behind this one." })),
});

/** Where to go on: behind the last event that the client has seen, or else behind `after`. */
export function eventAfter(headers: { readonly "last-event-id"?: string | undefined }, after = 0): number {
  const last = Number(headers["last-event-id"]);
  return Number.isSafeInteger(last) && last > 0 ? last : after;
}

export const eventStreamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // The connection has no other use, and the gateway need not wait for it when it stops.
  connection: "close",
};

/**
 * `source` is ended by its signal: when the client is gone or may call no more, or `closing` says so, where what it gives would
 * go on when the gateway stops. A client that reads nothing for `stalledMsMax` is cut off, where that is given.
 */
export function eventStream(
  source: (signal: AbortSignal) => AsyncIterable<ServerEvent | EncodedEvent>,
  { demandCaller }: Pick<FastifyRequest, "demandCaller">,
  closing?: AbortSignal,
  stalledMsMax = Number.POSITIVE_INFINITY,
): Readable {
  const gone = new AbortController();
  const stream = new Readable({ read: () => undefined });
  stream.once("close", () => gone.abort());
  const say = (text: string) => {
    try {
      demandCaller();
      stream.push(text);
    } catch {
      stream.destroy();
    }
  };
  const heartbeat = setInterval(() => say(":\n\n"), HEARTBEAT_MS);
  const signal = AbortSignal.any([gone.signal, ...(closing ? [closing] : [])]);
  signal.addEventListener("abort", () => clearInterval(heartbeat), { once: true });
  say(":\n\n");
  void pour(source(signal), stream, say, stalledMsMax).finally(() => clearInterval(heartbeat));
  return stream;
}

async function pour(
  source: AsyncIterable<ServerEvent | EncodedEvent>,
  stream: Readable,
  say: (text: string) => void,
  stalledMsMax: number,
): Promise<void> {
  try {
    for await (const event of source) {
      if (stream.destroyed) return;
      const json = "json" in event ? event.json : JSON.stringify(event.data);
      say(`id: ${event.id}\nevent: ${event.event}\ndata: ${json}\n\n`);
      // One that reads too slowly is waited for; what it misses meanwhile it can see by the numbers.
      const endMs = performance.now() + stalledMsMax;
      while (!stream.destroyed && stream.readableLength > stream.readableHighWaterMark) {
        if (performance.now() > endMs) return void stream.destroy();
        await drained();
      }
    }
    stream.push(null);
  } catch (error) {
    // The flow was deleted: the end of the events, and no fault of the connection.
    if (error instanceof FlowFusionError && error.code === "FF_API_NOT_RUNNING") stream.push(null);
    else stream.destroy(error as Error);
  }
}

const drained = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
