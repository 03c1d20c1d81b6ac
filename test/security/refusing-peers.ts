// Where sinks and drivers show their secrets, and are refused: each of these keeps what it was shown.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import type { TLSSocket } from "node:tls";
import type { CertificateFiles } from "@flowfusion/testkit";

/** CONNACK: not authorised. */
const mqttRefusal = Buffer.from([0x20, 2, 0, 5]);
const natsInfo = 'INFO {"server_id":"x","version":"2.10.0","proto":1,"max_payload":1048576,"auth_required":true}\r\n';
const natsRefusal = "-ERR 'Authorization Violation'\r\n";

export class RefusingPeers implements AsyncDisposable {
  /** All that came, headers and passwords as they were sent. */
  shown = "";
  /** Clients whose certificate holds; to show it takes its key. */
  proven = 0;
  readonly #servers: Server[] = [];
  readonly #mqtt = this.#speaking("", mqttRefusal);
  readonly #nats = this.#speaking(natsInfo, natsRefusal);
  readonly #http = createServer((...exchange) => this.#refuse(...exchange));
  readonly #https: ReturnType<typeof createTlsServer>;

  private constructor({ cert, key }: CertificateFiles, ca: string) {
    const tls = { cert, key, ca, requestCert: true, rejectUnauthorized: false };
    this.#https = createTlsServer(tls, (request, response) => {
      if ((request.socket as TLSSocket).authorized) this.proven++;
      this.#refuse(request, response);
    });
    this.#servers.push(this.#mqtt, this.#nats, this.#http, this.#https);
  }

  /** `ca`: of those that prove who they are by a certificate. */
  static async start(server: CertificateFiles, ca: string): Promise<RefusingPeers> {
    const peers = new RefusingPeers(server, ca);
    for (const one of peers.#servers) await once(one.listen(0, "127.0.0.1"), "listening");
    return peers;
  }

  get urls() {
    const at = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      mqtt: `mqtt://${at(this.#mqtt)}`,
      nats: `nats://${at(this.#nats)}`,
      http: `http://${at(this.#http)}/in`,
      https: `https://${at(this.#https)}/in`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections();
    this.#https.closeAllConnections();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #speaking(greeting: string, refusal: string | Buffer): Server {
    return createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.write(greeting);
      socket.on("data", (bytes: Buffer) => {
        this.shown += bytes.toString("latin1");
        socket.end(refusal);
      });
    });
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    this.shown += JSON.stringify(request.headers);
    request.resume();
    request.on("end", () => response.writeHead(401).end());
  }
}
