// A TCP relay on loopback that can be shut: what connects then is turned away. Lets a test decide when a client that
// keeps trying finds its server again.

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Gate implements AsyncDisposable {
  isOpen = true;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Relays to the port on loopback. */
  static async to(port: number): Promise<Gate> {
    const server = createServer((client) => {
      if (!gate.isOpen) return void client.destroy();
      gate.#clients.add(client);
      client.on("close", () => gate.#clients.delete(client));
      const target = connect(port, "127.0.0.1");
      for (const [from, to] of [
        [client, target],
        [target, client],
      ] as const) {
        from.pipe(to);
        from.on("error", () => {});
        from.on("close", () => to.destroy());
      }
    });
    const gate = new Gate(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  /** Cuts what goes through it. */
  cut(): void {
    for (const client of this.#clients) client.destroy();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // Who keeps trying may be here again.
    this.cut();
    await closed;
  }
}
