// Posts messages as a JSON array. Answers 2xx are taken; 408, 429 and 5xx are tried again; any other answer means
// that this batch will never be taken: it is dropped and counted.

import type { PropValue } from "@flowfusion/graph";
import { toJson } from "./json.ts";
import { type OnDropped, readMessages, type Sink } from "./sink.ts";

export function createHttpSink(props: { readonly [name: string]: PropValue }, onDropped: OnDropped): Sink {
  const url = String(props.url);
  const maxBatch = Number(props.maxBatch);
  const timeoutMs = Number(props.timeoutMs);
  const closing = new AbortController();
  return {
    async send(frames) {
      const { messages, bytes } = readMessages(frames, onDropped, maxBatch);
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: `[${messages.map(toJson).join(",")}]`,
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
        redirect: "error",
      });
      await response.body?.cancel();
      if (response.ok) return bytes;
      if (isWorthRetrying(response.status)) throw new Error(`${url} answered ${response.status}`);
      onDropped(`http_${response.status}`, messages.length);
      return bytes;
    },
    async close() {
      closing.abort();
    },
  };
}

const isWorthRetrying = (status: number): boolean => status === 408 || status === 429 || status >= 500;
