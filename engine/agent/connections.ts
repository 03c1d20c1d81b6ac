// Bounds the connections that one address holds, so that one client that opens many and says nothing leaves room for
// others, and what one connection asks for at a time. One client has all the IPv6 addresses of its network.

import type { Server, Socket } from "node:net";
import { networkOf } from "@flowfusion/transport";
import type { App } from "./app.ts";

export function boundConnections(server: Server, perAddressMax: number): void {
  const open = new Map<string, number>();
  server.on("connection", (socket) => {
    const address = networkOf(socket.remoteAddress ?? "");
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once("close", () => {
      const left = open.get(address)! - 1;
      if (left === 0) {
        open.delete(address);
      } else {
        open.set(address, left);
      }
    });
    if (count > perAddressMax) {
      socket.destroy();
    }
  });
}

/**
 * A client may send requests before it has the answer to the one before. Each is begun when that has gone out, so that what an
 * answer takes, such as an open file, is taken once a connection. With more than `waitingMax` that wait, the connection is cut.
 */
export function boundPipelining(app: App, waitingMax: number): void {
  const lines = new WeakMap<Socket, { waiting: number; last: Promise<void> }>();
  app.addHook("onRequest", async ({ raw: { socket } }, reply) => {
    const line = lines.get(socket) ?? { waiting: 0, last: Promise.resolve() };
    if (line.waiting > waitingMax) {
      socket.destroy();
      reply.hijack();
      return;
    }
    const before = line.last;
    const { promise, resolve } = Promise.withResolvers<void>();
    line.waiting++;
    line.last = promise;
    lines.set(socket, line);
    reply.raw.once("close", () => {
      line.waiting--;
      resolve();
    });
    await before;
    if (socket.destroyed) reply.hijack();
  });
}
