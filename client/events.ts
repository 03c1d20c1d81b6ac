// Server-sent events as the gateway sends them: `id`, `event` and one line of JSON `data` an event, comments between.

import { GatewayError } from "./errors.ts";

/** The data of each event, as it comes. Ends with the answer; throws when the connection breaks. */
export async function* eventsOf<T>(response: Response, endpoint: string): AsyncGenerator<T> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream") || response.body === null) {
    throw new GatewayError("FF_GATEWAY_ANSWER", `${endpoint}: content type ${type} in place of text/event-stream`, {
      endpoint,
    });
  }
  let text = "";
  for await (const chunk of chunksOf(response.body.pipeThrough(new TextDecoderStream()))) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) yield JSON.parse(data.slice("data: ".length)) as T;
    }
  }
}

/** Not every browser lets a stream be iterated. */
async function* chunksOf(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
