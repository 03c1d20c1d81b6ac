// Posts messages as a JSON array. Answers 2xx are taken; 408, 429 and 5xx are tried again, and so is no answer; any
// other means that this batch will never be taken: it is dropped and counted. Delivery is at least once: a batch whose
// answer was lost is posted again.

import { messageJson, type PropValue } from "@flowfusion/graph";
import { readMessages, type Sink } from "./sink.ts";

export function createHttpSink(props: { readonly [name: string]: PropValue }): Sink {
  const url = checkedUrl(String(props.url));
  const maxBatch = Number(props.maxBatch);
  const timeoutMs = Number(props.timeoutMs);
  const closing = new AbortController();
  return {
    async send(frames) {
      const { messages, bytes, malformed } = readMessages(frames, maxBatch);
      if (messages.length === 0) return { bytes, dropped: { malformed } };
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: `[${messages.map(messageJson).join(",")}]`,
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
        redirect: "manual",
      });
      await response.body?.cancel();
      if (response.ok) return { bytes, dropped: { malformed } };
      if (isWorthRetrying(response.status)) throw new Error(`${url} answered ${response.status}`);
      return { bytes, dropped: { malformed, [`http_${response.status}`]: messages.length } };
    },
    async close() {
      closing.abort();
    },
  };
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) throw new Error(`url ${JSON.stringify(text)} is not a URL; write http://HOST:PORT/PATH`);
  if (url.username !== "" || url.password !== "")
    throw new Error("url holds a user or password, which is not supported");
  return url.href;
}

const isWorthRetrying = (status: number): boolean => status === 408 || status === 429 || status >= 500;
