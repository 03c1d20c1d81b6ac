// Bounds the connections that one address holds, so that one client that opens many and says nothing leaves room for
// others.

import type { Server } from "node:net";

export function boundConnections(server: Server, perAddressMax: number): void {
  const open = new Map<string, number>();
  server.on("connection", (socket) => {
    const address = socket.remoteAddress ?? "";
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
