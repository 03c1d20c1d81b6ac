// A server that takes what an http sink posts, for a test.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Historian extends AsyncDisposable {
  readonly url: string;
  /** The values that were posted, in order. */
  readonly values: readonly unknown[];
}

/** `port` 0: one that is free. */
export async function startHistorian(port = 0): Promise<Historian> {
  const values: unknown[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const posted = JSON.parse(Buffer.concat(chunks).toString()) as readonly { readonly value: unknown }[];
    values.push(...posted.map(({ value }) => value));
    response.end();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    values,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
