// A TCP relay on loopback that can be shut: what connects then is turned away, without a word or with one. Lets a test decide
// when a client that keeps trying finds its server again.

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Gate implements AsyncDisposable {
  isOpen = true;
  /** While it is shut, the answer to the first that a client says. */
  refusal: Uint8Array | undefined;
  /** When each client was turned away, ms of a clock that never steps back. */
  readonly turnedAwayMs: number[] = [];
  readonly #server: Server;
  readonly #clients = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Relays to the port on loopback. */
  static async to(port: number): Promise<Gate> {
    const server = createServer((client) => {
      gate.#clients.add(client);
      client.on("close", () => gate.#clients.delete(client));
      if (!gate.isOpen) return gate.#turnAway(client);
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

  #turnAway(client: Socket): void {
    this.turnedAwayMs.push(performance.now());
    const { refusal } = this;
    if (refusal === undefined) return void client.destroy();
    client.on("error", () => {});
    client.once("data", () => client.end(refusal));
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
