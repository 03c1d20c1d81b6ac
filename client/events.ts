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
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) yield JSON.parse(data.slice("data: ".length)) as T;
    }
  }
}
