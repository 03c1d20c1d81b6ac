// A network between a provider and its gateway that fails when a test says so: an HTTP proxy on a port of its own, which outlives
// the gateway behind it.

import { once } from "node:events";
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What happens to a request: it goes through, is cut before the gateway hears of it (`lost`), is heard and its answer cut
 * (`unanswered`) or kept back for ever (`held`), or waits until a promise resolves and goes through then.
 */
export type Fate = "through" | "lost" | "unanswered" | "held" | Promise<void>;

export class FlakyNetwork implements AsyncDisposable {
  /** `PUT /v1/flows/boiler`, in order. */
  readonly requests: string[] = [];
  /** `PUT /v1/flows/boiler 200`, in order. */
  readonly answers: string[] = [];
  /** Decides for each request. `count`: how many of the same name there were, this one included. */
  fateOf: (request: string, count: number) => Fate = () => "through";
  /** Where requests go to. */
  gatewayUrl: string;
  readonly #server: Server;

  private constructor(gatewayUrl: string) {
    this.gatewayUrl = gatewayUrl;
    this.#server = createServer((incoming, outgoing) => {
      this.#handle(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async before(gatewayUrl: string): Promise<FlakyNetwork> {
    const network = new FlakyNetwork(gatewayUrl);
    network.#server.listen(0, "127.0.0.1");
    await once(network.#server, "listening");
    return network;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections that there are. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const name = `${incoming.method} ${incoming.url!.replace(/sha256:[0-9a-f]+/, "DIGEST").replace(/\?.*/, "")}`;
    this.requests.push(name);
    const fate = this.fateOf(name, this.requests.filter((other) => other === name).length);
    if (fate === "lost") return void outgoing.destroy();
    if (typeof fate === "object") await fate;
    const { pathname, search } = new URL(incoming.url!, this.gatewayUrl);
    const onward = forward(new URL(pathname + search, this.gatewayUrl), {
      method: incoming.method!,
      headers: { ...incoming.headers, host: new URL(this.gatewayUrl).host },
    });
    incoming.pipe(onward);
    outgoing.once("close", () => onward.destroy());
    const [answer] = (await once(onward, "response")) as [IncomingMessage];
    this.answers.push(`${name} ${answer.statusCode}`);
    if (fate === "held") return void answer.resume();
    if (fate === "unanswered") {
      answer.resume();
      return void outgoing.destroy();
    }
    outgoing.writeHead(answer.statusCode!, answer.headers);
    answer.once("error", () => outgoing.destroy());
    answer.pipe(outgoing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
  }
}
